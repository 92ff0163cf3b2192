"""A task starts in a network without DNS host names too; moto asks its interface for a name it never got."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from sandbox.aws.ecs.mends.probe_service import network_configuration, register_revision
from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_init = NetworkInterface.__init__


def _patch() -> None:
    NetworkInterface.__init__ = _init  # type: ignore[method-assign]


def _init(self: NetworkInterface, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - moto's signature
    _stock_init(self, *arguments, **named)
    vars(self).setdefault("private_dns_name", "")


def _is_needed(clients: Clients) -> bool:
    ecs = clients("ecs")
    ecs.create_cluster(clusterName="probe-nameless")
    try:
        ecs.run_task(
            cluster="probe-nameless",
            taskDefinition=register_revision(clients),
            launchType="FARGATE",
            networkConfiguration=network_configuration(clients, host_names=False),
        )
    except ecs.exceptions.ClientError:
        return True
    return False


MEND = Mend(
    name="interface-names",
    wrong="RunTask fails in a VPC without DNS host names.",
    seams=(Seam(NetworkInterface, "__init__", "3b1247efa31c"),),
    patch=_patch,
    is_needed=_is_needed,
)
