"""What the local AWS serves at the moment: load balancers and databases, with their addresses.

Asked of AWS itself, by anybody's means; nothing here knows the environments beforehand.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel

from sandbox.aws.account import REGION
from sandbox.network import LISTENER_PORT
from sandbox.parts import is_healthy
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, InstanceTypeDef

BOLT_PORT = 7687
_CONNECT_SECONDS = 1


class Served(BaseModel):
    """One address that an environment's infrastructure gives to the outside."""

    environment: str
    name: str
    address: str
    answers: bool


def list_served() -> list[Served]:
    """Everything that is served, in the order of environments; the process is inside the sandbox."""
    aws = Aws(REGION)
    return sorted([*_apis(aws), *_databases(aws)], key=lambda served: (served.environment, served.name))


def _apis(aws: Aws) -> Iterator[Served]:
    for balancer in aws.elbv2.describe_load_balancers()["LoadBalancers"]:
        arn = balancer["LoadBalancerArn"]
        described = aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        tags = {tag["Key"]: tag.get("Value", "") for tag in described}
        for listener in aws.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            if listener["Port"] != LISTENER_PORT:
                continue  # the worker's way to the slot that is not live, where mostly nobody answers
            address = f"{listener['Protocol'].lower()}://{balancer['DNSName']}:{listener['Port']}"
            yield Served(
                environment=tags.get("Environment", ""),
                name="API",
                address=address,
                answers=is_healthy(f"{address}/health"),
            )


def _databases(aws: Aws) -> Iterator[Served]:
    filters: list[FilterTypeDef] = [
        {"Name": "tag:credex:role", "Values": ["neo4j"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    for page in aws.ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            yield from map(_database, reservation["Instances"])


def _database(instance: InstanceTypeDef) -> Served:
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    host = instance["PrivateIpAddress"]
    return Served(
        environment=tags.get("credex:environment", ""),
        name=f"Neo4j {tags.get('credex:database', '')}",
        address=f"bolt://{host}:{BOLT_PORT}",
        answers=_listens(host),
    )


def _listens(host: str) -> bool:
    try:
        with socket.create_connection((host, BOLT_PORT), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
