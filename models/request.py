"""What people, schedules and CI ask for: the parameters of the flows, which become the forms in the UI."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from models.freeze import FreezeReason
from models.names import BackupId, DatabaseName, EnvironmentName, HotfixName, PersonName
from models.release import InstanceType, Neo4jVersion

GitRef = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=200, strip_whitespace=True),
]


Reason = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]
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


_REQUESTER = Field(
    title="Your name",
    description="Who asks for this; it is kept in the deployment log and shown to the approver.",
    json_schema_extra={"position": 90},
)


_REASON = Field(
    default="",
    title="Reason",
    description="Why, for the approver and the deployment log.",
    json_schema_extra={"position": 20},
)


class ChangeRequest(Request):
    """Who asks for a change, of whatever kind."""

    requester: PersonName = _REQUESTER
    freeze_override_reason: FreezeReason | SkipJsonSchema[None] = Field(
        default=None,
        title="Why in spite of a freeze",
        description="Needed only while the environment is frozen (see docs/environments.md); it is shown to "
        "the approver and kept in the deployment log.",
        json_schema_extra=_may_stay_empty(85),
    )


class DeploymentRequest(ChangeRequest):
    """What is to be deployed."""

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

    allow_older: bool = Field(
        default=False,
        title="Also an older one",
        description="Whether to deploy a commit that what runs contains already. A rollback is the usual way "
        "back: it makes the branch what runs, too.",
        json_schema_extra={"position": 20},
    )


class ChosenDatabases(StrEnum):
    """One of the two databases, or both."""

    LEDGER = "ledger"
    SEARCH = "search"
    BOTH = "both"

    @property
    def names(self) -> list[DatabaseName]:
        """The databases that are meant."""
        return list(DatabaseName) if self is ChosenDatabases.BOTH else [DatabaseName(self.value)]


def _choice(options: type[StrEnum]) -> WithJsonSchema:
    """Show an enumeration as a plain choice, in place: of a reference Prefect's form makes a box."""
    return WithJsonSchema({"type": "string", "enum": [option.value for option in options]})


class Neo4jChangeRequest(ChangeRequest):
    """Change Neo4j's version, its machine, its address or its settings; what stays empty stays as it is."""

    databases: Annotated[ChosenDatabases, _choice(ChosenDatabases)] = Field(
        title="Database", description="Which database to change.", json_schema_extra={"position": 10}
    )
    neo4j_version: Neo4jVersion | SkipJsonSchema[None] = Field(
        default=None,
        title="Neo4j version",
        description="The version to run, in full, for example 2026.08.1; never older than the present one.",
        json_schema_extra=_may_stay_empty(20),
    )
    instance_type: InstanceType | SkipJsonSchema[None] = Field(
        default=None,
        title="Instance type",
        description="The EC2 instance type of its machine, for example r6i.xlarge.",
        json_schema_extra=_may_stay_empty(30),
    )
    private_address: IPv4Address | SkipJsonSchema[None] = Field(
        default=None,
        title="Private address",
        description="Another address of its machine, in the same subnet; the Bolt URL follows.",
        json_schema_extra=_may_stay_empty(40),
    )
    settings: Annotated[str, StringConstraints(max_length=4000)] | SkipJsonSchema[None] = Field(
        default=None,
        title="Settings",
        description="Lines of neo4j.conf, such as server.memory.pagecache.size=4g, one on each line or with "
        "semicolons between them; with nothing after the = the setting is taken away.",
        json_schema_extra=_may_stay_empty(50),
    )


class BackupRequest(Request):
    """Back up both databases while they serve."""

    requester: PersonName = _REQUESTER


class RestoreRequest(ChangeRequest):
    """Put a database back to what it was when a backup was made."""

    database: Annotated[DatabaseName, _choice(DatabaseName)] = Field(
        title="Database", description="Which database to restore.", json_schema_extra={"position": 10}
    )
    backup: BackupId = Field(
        title="Backup",
        description="The backup's id, from: credex backup list --env ENV. What was written since is lost.",
        json_schema_extra={"position": 20},
    )


class RestoreDrillRequest(Request):
    """Restore the newest backup of each database into a scratch server, and compare."""

    requester: PersonName = _REQUESTER


class ScalingRequest(ChangeRequest):
    """Run another number of the application's tasks; later deployments keep it."""

    desired_count: Annotated[int, Field(ge=0, le=100)] = Field(
        title="Number of tasks",
        description="How many tasks of the application to run; the environment's own limit may be lower.",
        json_schema_extra={"position": 10},
    )
    reason: Reason = Field(
        default="",
        title="Reason",
        description="Why, for the approver and the deployment log; asked for where no task is to run at all.",
        json_schema_extra={"position": 20},
    )


class RollbackRequest(ChangeRequest):
    """Run an earlier release again, or a later one that was left."""

    to: Annotated[int, Field(ge=1)] | SkipJsonSchema[None] = Field(
        default=None,
        title="Record to go back to",
        description="The number of a record of the deployment log, from: credex rollback --env ENV --list. "
        "Empty means the last good release before the one that runs.",
        json_schema_extra=_may_stay_empty(10),
    )
    reason: Reason = _REASON


class HotfixRequest(Request):
    """Take a fix from its own branch to production in a hurry; start it again to go on where it stands."""

    name: HotfixName = Field(
        title="Name",
        description="What the hotfix is called: small letters, digits and single hyphens. Its branch is "
        "hotfix/NAME, made from what the environment really runs unless it is there.",
        json_schema_extra={"position": 10},
    )
    requester: PersonName = _REQUESTER
    reason: Reason = _REASON


class MigrationRequest(DeploymentRequest):
    """Migrate the databases beside the ones that serve, deploy the code that needs it, and switch to both."""

    in_place: bool = Field(
        default=False,
        title="In place",
        description="Run the migrations on the databases that serve, without a second slot and a pause; "
        "possible only where all of them surely do nothing but add.",
        json_schema_extra={"position": 15},
    )
    kept_hours: Annotated[int, Field(ge=1, le=24 * 14)] = Field(
        default=24,
        title="Keep the old slot for (hours)",
        description="How long it can be gone back to in seconds; after that the schedule asks to retire it.",
        json_schema_extra={"position": 17},
    )
    reason: Reason = _REASON


class SwitchBackRequest(ChangeRequest):
    """Give the slot that was live before the last migration the requests again."""

    reason: Reason = _REASON


class RetirementRequest(ChangeRequest):
    """Remove the slot that is kept since the last migration or switch."""

    early: bool = Field(
        default=False,
        title="Before its time",
        description="Whether to retire it although the time for which it was to be kept is not over.",
        json_schema_extra={"position": 10},
    )


class ConfigurationRequest(ChangeRequest):
    """Give keys of the application's configuration the values that were staged for them."""

    keys: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="",
        title="Keys",
        description="Which keys to change, with commas between them. Values are never asked for here: stage "
        "each one first, with credex config set KEY --env ENV.",
        json_schema_extra={"position": 10},
    )
    remove: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="",
        title="Keys to remove",
        description="Which keys the application's tasks are not to be given any more; none that it requires. "
        "Their values stay where they are, so that an earlier release can be put back.",
        json_schema_extra={"position": 15},
    )
    reason: Reason = _REASON


class DriftRequest(Request):
    """Look whether somebody changed an environment from outside; nothing is changed."""


class VerificationRequest(Request):
    """Look whether an environment is what its release says; nothing is changed."""
