"""What Terraform's state says, read from its bucket: asking Terraform itself takes a second each time.

Terraform's own state format, version 4. Its text is never shown: a state holds secrets.
"""

from __future__ import annotations

from typing import Any, Literal

from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from models.errors import TerraformFailed
from models.names import Slot
from models.plan import StateIdentity
from models.slots import slot_of
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

_ABSENT = {"NoSuchKey", "404"}


_OF_A_SLOT = {"aws_instance", "aws_ebs_volume", "aws_ecs_service"}
"""What there is of a slot only while something stands in it."""


class _Output(BaseModel):
    value: Any


class _Instance(BaseModel):
    index_key: str | int | None = None


class _Resource(BaseModel):
    mode: str
    type: str
    name: str
    instances: list[_Instance] = []


class State(BaseModel):
    """The part of a state that is of use here."""

    version: Literal[4]
    lineage: str | None
    serial: int
    outputs: dict[str, _Output] = {}
    resources: list[_Resource] = []

    @property
    def identity(self) -> StateIdentity:
        """Which state this is; lineage None and serial 0 before the first apply."""
        return StateIdentity(lineage=self.lineage, serial=self.serial)

    @property
    def slots(self) -> set[Slot]:
        """The slots of which Terraform holds a machine, a volume or a service."""
        found = {
            slot_of(f'{resource.type}.{resource.name}["{instance.index_key}"]')
            for resource in self.resources
            if resource.mode == "managed" and resource.type in _OF_A_SLOT
            for instance in resource.instances
        }
        return {slot for slot in found if slot is not None}

    def output_values(self) -> dict[str, object]:
        """The values of all outputs, by name; sensitive ones included."""
        return {name: output.value for name, output in self.outputs.items()}


@aws_errors()
def read_state(aws: Aws, bucket: str, key: str) -> State:
    """The state as it is now; an empty one before the first apply.

    Raises TerraformFailed where the object is no state.
    """
    try:
        text = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return State(version=4, lineage=None, serial=0)
        raise
    try:
        return State.model_validate_json(text)
    except ValidationError:
        raise TerraformFailed(
            f"What is stored at {key} in {bucket} is no Terraform state of version 4.",
            next_step="Restore an earlier version of that object; the bucket keeps them.",
        ) from None
