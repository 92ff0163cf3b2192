"""The connection to one AWS region: typed clients, made once each, with retries and time limits.

Where AWS is and who we are come from boto3's ordinary configuration (`AWS_*` variables, profiles, roles).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from models.errors import SetUpError
from systems.aws.errors import aws_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

    from systems.aws.trail import CloudTrail

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=20,
)

_SERVICE_DESCRIPTIONS = create_loader()
"""Botocore's descriptions of services, read once for the process: they are most of what a new client costs.
They hold nothing of ours, so each connection still takes credentials and addresses as they are then."""


def default_region() -> str:
    """The region of boto3's own configuration, for what belongs to no environment.

    Raises SetUpError where none is set.
    """
    with aws_errors():
        region = boto3.session.Session().region_name
    if region is None:
        raise SetUpError("No AWS region is set.", next_step="Set AWS_DEFAULT_REGION.")
    return region


@dataclass(frozen=True)
class Identity:
    """Who AWS takes us for."""

    account: str
    arn: str


class Aws:
    """The AWS of one region. Clients are made at first use and may be shared by threads.

    Making one raises SetUpError where boto3's configuration is not usable.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self._making = threading.Lock()

    @contextmanager
    def _session(self) -> Iterator[boto3.session.Session]:
        """A session of our own, one thread at a time: making clients is not thread-safe, using them is."""
        with self._making, aws_errors():
            yield self._boto3_session

    @cached_property
    def _boto3_session(self) -> boto3.session.Session:
        session = botocore.session.get_session()
        session.register_component("data_loader", _SERVICE_DESCRIPTIONS)
        return boto3.session.Session(botocore_session=session, region_name=self.region)

    @cached_property
    def ecs(self) -> ECSClient:
        """Clusters, services, deployments, tasks."""
        with self._session() as session:
            return session.client("ecs", config=_CONFIG)

    @cached_property
    def ecr(self) -> ECRClient:
        """Image repositories."""
        with self._session() as session:
            return session.client("ecr", config=_CONFIG)

    @cached_property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        """Load balancers, listeners, target groups."""
        with self._session() as session:
            return session.client("elbv2", config=_CONFIG)

    @cached_property
    def ec2(self) -> EC2Client:
        """Instances, volumes, networks."""
        with self._session() as session:
            return session.client("ec2", config=_CONFIG)

    @cached_property
    def s3(self) -> S3Client:
        """Buckets and objects."""
        with self._session() as session:
            return session.client("s3", config=_CONFIG)

    @cached_property
    def ssm(self) -> SSMClient:
        """Parameters and commands on instances."""
        with self._session() as session:
            return session.client("ssm", config=_CONFIG)

    @cached_property
    def kms(self) -> KMSClient:
        """Keys."""
        with self._session() as session:
            return session.client("kms", config=_CONFIG)

    @cached_property
    def sts(self) -> STSClient:
        """Who we are."""
        with self._session() as session:
            return session.client("sts", config=_CONFIG)

    @cached_property
    def cloudtrail(self) -> CloudTrail:
        """Who did what."""
        with self._session() as session:
            client: CloudTrail = session.client("cloudtrail", config=_CONFIG)
            return client

    def identity(self) -> Identity:
        """Which account the credentials belong to, and as whom.

        Raises SetUpError where there are no valid credentials, ServiceUnavailable where AWS does not answer.
        """
        with aws_errors():
            caller = self.sts.get_caller_identity()
        return Identity(account=caller["Account"], arn=caller["Arn"])
