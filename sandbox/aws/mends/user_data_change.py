"""The user data of a stopped instance can be changed in place.

Moto decodes the value of ModifyInstanceAttribute once on the way in and refuses it as not being Base64.
"""

from __future__ import annotations

import base64
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.responses import instances as instance_responses
from moto.ec2.utils import parse_user_data

from sandbox.aws.mends.mend import CALL_FAILED, Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network, run_instance

_USER_DATA = b"#!/bin/bash\necho changed\n"


def _patch() -> None:
    instance_responses.parse_user_data = _parse_user_data  # type: ignore[attr-defined]


def _parse_user_data(value: Any) -> Base64EncodedString | None:  # noqa: ANN401 - as moto's own
    if isinstance(value, bytes):
        return parse_user_data(base64.b64encode(value).decode())
    return parse_user_data(value)


def _is_needed(clients: Clients) -> bool:
    ec2 = clients("ec2")
    instance = run_instance(clients, SubnetId=make_network(clients).subnet, UserData="echo first")
    ec2.stop_instances(InstanceIds=[instance])
    try:
        ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": _USER_DATA})
    except CALL_FAILED:
        return True
    reply = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
    return base64.b64decode(reply["UserData"]["Value"]) != _USER_DATA


MEND = Mend(
    name="user-data-change",
    wrong="A change of an instance's user data is refused.",
    seams=(
        Seam(instance_responses, "parse_user_data", "f469c1951239"),
        Seam(instance_responses.InstanceResponse, "_dot_value_instance_attribute_handler", "a6535ec76ceb"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
