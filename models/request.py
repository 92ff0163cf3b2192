"""What people, schedules and CI ask for: the parameters of the flows, which become the forms in the UI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from models.names import EnvironmentName, PersonName

GitRef = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=200, strip_whitespace=True),
]


TaskCount = Annotated[int, Field(ge=1, le=20)]


def _may_stay_empty(position: int) -> Callable[[dict[str, JsonValue]], None]:
    """Show an optional field as a plain one: Prefect's form asks for a type where null is another choice."""

    def change(schema: dict[str, JsonValue]) -> None:
        schema.pop("default")
        schema["position"] = position

    return change


class Request(BaseModel):
    """What every request says."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    environment: EnvironmentName = Field(
        title="Environment", description="Which environment to work on.", json_schema_extra={"position": 0}
    )


class DeploymentRequest(Request):
    """What is to be deployed, and who asks for it."""

    requester: PersonName = Field(
        title="Your name",
        description="Who asks for this; it is kept in the deployment log and shown to the approver.",
        json_schema_extra={"position": 90},
    )
    commit: GitRef | SkipJsonSchema[None] = Field(
        default=None,
        title="Commit",
        description="A commit, branch or tag of the application's repository; empty means the head of the "
        "environment's branch. There must be an image of it in the environment's ECR repository.",
        json_schema_extra=_may_stay_empty(10),
    )


class InitialDeploymentRequest(DeploymentRequest):
    """Build an environment from nothing."""

    desired_count: TaskCount | SkipJsonSchema[None] = Field(
        default=None,
        title="Number of tasks",
        description="How many tasks of the application to run, from 1 to 20; empty means the environment's "
        "default.",
        json_schema_extra=_may_stay_empty(20),
    )


class ApplicationDeploymentRequest(DeploymentRequest):
    """Deploy another version of the application; the databases are not touched."""


class VerificationRequest(Request):
    """Look whether an environment is what its release says; nothing is changed."""
