"""An instance started with termination protection has it; moto forgets it at the start, not later."""

from __future__ import annotations

from typing import cast

from moto.core.responses import ActionResult
from moto.ec2.models.instances import Reservation
from moto.ec2.responses.instances import InstanceResponse

from sandbox.aws.mends.mend import Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network, run_instance

_ATTRIBUTE = "disableApiTermination"

_stock_run = InstanceResponse.run_instances


def _patch() -> None:
    InstanceResponse.run_instances = _run_instances  # type: ignore[method-assign]


def _run_instances(self: InstanceResponse) -> ActionResult:
    answer = _stock_run(self)
    for instance in cast("Reservation", answer.result).instances:
        instance.disable_api_termination = bool(self._get_param("DisableApiTermination"))
    return answer


def _is_needed(clients: Clients) -> bool:
    ec2 = clients("ec2")
    instance = run_instance(clients, SubnetId=make_network(clients).subnet, DisableApiTermination=True)
    attribute = ec2.describe_instance_attribute(InstanceId=instance, Attribute=_ATTRIBUTE)
    return bool(attribute["DisableApiTermination"].get("Value") is not True)


MEND = Mend(
    name="termination-protection",
    wrong="An instance that is started with termination protection is without it.",
    seams=(Seam(InstanceResponse, "run_instances", "053f1ed0a0ec"),),
    patch=_patch,
    is_needed=_is_needed,
)
