"""What people, schedules and CI ask for: the parameters of the flows, which become the forms in the UI."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.names import EnvironmentName, PersonName

GitRef = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=200, strip_whitespace=True),
]


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
    commit: GitRef | None = Field(
        default=None,
        title="Commit",
        description="A commit, branch or tag of the application's repository; empty means the head of the "
        "environment's branch. There must be an image of it in the environment's ECR repository.",
        json_schema_extra={"position": 10},
    )


class InitialDeploymentRequest(DeploymentRequest):
    """Build an environment from nothing."""

    desired_count: int | None = Field(
        default=None,
        ge=1,
        le=20,
        title="Number of tasks",
        description="How many tasks of the application to run; empty means the environment's default.",
        json_schema_extra={"position": 20},
    )


class ApplicationDeploymentRequest(DeploymentRequest):
    """Deploy another version of the application; the databases are not touched."""


class VerificationRequest(Request):
    """Look whether an environment is what its release says; nothing is changed."""
