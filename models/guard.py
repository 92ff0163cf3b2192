"""Which changes a scenario's plan may hold; everything else is refused, with the scenario that may."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.names import Scenario


class Severity(StrEnum):
    """How much a finding matters."""

    REFUSED = "refused"
    WORTH_A_LOOK = "worth a look"


class Finding(BaseModel):
    """One thing a plan would do that the scenario may not, or that the approver should see."""

    model_config = ConfigDict(frozen=True)

    severity: Severity
    address: str
    reason: str
    scenario: Scenario | None = None
    """The scenario made for such a change, where there is one."""


PROTECTED_TYPES = {
    "aws_instance": Scenario.NEO4J_CHANGE,
    "aws_ebs_volume": Scenario.NEO4J_CHANGE,
    "aws_volume_attachment": Scenario.NEO4J_CHANGE,
    "aws_s3_bucket": None,
    "aws_s3_bucket_versioning": None,
    "aws_s3_bucket_public_access_block": None,
    "aws_s3_bucket_server_side_encryption_configuration": None,
    "aws_kms_key": None,
    "aws_ecr_repository": None,
}
"""Resources that hold data or protect it, with the scenario that may change them (None: no scenario)."""

APPLICATION_TYPES = {"aws_ecs_task_definition", "aws_ecs_service"}
"""What an application deployment consists of."""
