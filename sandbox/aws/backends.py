"""Typed doors to moto's state for the sandbox's one account and region, and the lock that guards it.

Whoever reads or changes several things of a backend that belong together holds `LOCK`. Requests to AWS run
under it too (all but those to S3), so a reconciler that holds it sees no half-made change; it must therefore
never wait for a process or the network while it holds it.
"""

from __future__ import annotations

import threading

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.elbv2.models import ELBv2Backend, elbv2_backends
from moto.kms.models import KmsBackend, kms_backends
from moto.s3.models import S3Backend, s3_backends
from moto.ssm.models import SimpleSystemManagerBackend, ssm_backends

from sandbox.aws import account

ACCOUNT = account.ACCOUNT
REGION = account.REGION
PARTITION = account.PARTITION

LOCK = threading.RLock()


def ec2() -> EC2Backend:
    """Instances, volumes, snapshots, networks."""
    return ec2_backends[ACCOUNT][REGION]


def ecs() -> EC2ContainerServiceBackend:
    """Clusters, services, tasks, task definitions."""
    return ecs_backends[ACCOUNT][REGION]


def elbv2() -> ELBv2Backend:
    """Load balancers, listeners, rules, target groups."""
    return elbv2_backends[ACCOUNT][REGION]


def ecr() -> ECRBackend:
    """Image repositories."""
    return ecr_backends[ACCOUNT][REGION]


def ssm() -> SimpleSystemManagerBackend:
    """Parameters, documents, commands."""
    return ssm_backends[ACCOUNT][REGION]


def s3() -> S3Backend:
    """Buckets; S3's state is one for the whole partition."""
    return s3_backends[ACCOUNT][PARTITION]


def kms() -> KmsBackend:
    """Keys and aliases."""
    return kms_backends[ACCOUNT][REGION]
