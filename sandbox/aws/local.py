"""Puts the local AWS together: the server, all mends, and all live parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sandbox.aws.databases import DatabasesReconciler
from sandbox.aws.ecs.mends import MENDS as ECS_MENDS
from sandbox.aws.ecs.reconciler import EcsScheduler
from sandbox.aws.hosts import Hosts
from sandbox.aws.load_balancer.mends import MENDS as LOAD_BALANCER_MENDS
from sandbox.aws.load_balancer.reconciler import LoadBalancers
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.pace import Pace
from sandbox.aws.reconcile import Reconciler
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from sandbox.aws.units import MachinesReconciler
from sandbox.aws.volumes import VolumesReconciler

ALL_MENDS = (*MENDS, *ECS_MENDS, *LOAD_BALANCER_MENDS)


def local_aws(port: int, state_folder: Path, pace: Pace | None = None) -> LocalAws:
    """Return a local AWS, not yet started, whose disks, machines and logs lie below `state_folder`."""

    def variables() -> Mapping[str, str]:
        return server.environment()

    live_parts = _live_parts(variables, state_folder, pace or Pace())
    server = LocalAws(port, mends=ALL_MENDS, reconcilers=live_parts)
    return server


def _live_parts(
    variables: Callable[[], Mapping[str, str]], state_folder: Path, pace: Pace
) -> Sequence[Reconciler]:
    hosts = Hosts(state_folder)
    return (
        VolumesReconciler(state_folder),
        DatabasesReconciler(hosts),
        MachinesReconciler(hosts),
        CommandRunner(hosts, variables),
        EcsScheduler(state_folder, pace),
        LoadBalancers(pace),
    )
