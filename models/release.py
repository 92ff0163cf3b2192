"""The release document: all that distinguishes one state of an environment from another.

An environment is what its release says. A scenario computes the next release from the current one; the plan
of that release is what people approve, and applying an earlier release is what a rollback is.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.names import CommitSha, DatabaseName, EnvironmentName, ImageDigest, KeyName, Slot

Neo4jVersion = Annotated[str, StringConstraints(pattern=r"^(5|20\d\d)\.\d{1,2}\.\d{1,2}$")]
InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9]+$")]


MigrationVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}([._][0-9]{1,20}){0,4}$")]
SettingName = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9_.-]+$", max_length=100)]
SettingValue = Annotated[str, StringConstraints(pattern=r"^[^\n\r'\\]*$", max_length=200)]
PrivateAddress = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3}){3}$")]


class Database(BaseModel):
    """One Neo4j database's machine: its version (for example 5.26.30) and EC2 instance type.

    `private_ip` None stands for the address in the environment's .tfvars file; `settings` are lines of
    neo4j.conf that win over those of the environment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    neo4j_version: Neo4jVersion
    instance_type: InstanceType
    private_ip: PrivateAddress | None = None
    settings: dict[SettingName, SettingValue] = {}


class Side(BaseModel):
    """What one slot is to be: which code, how many tasks, which databases, and how far those are migrated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: CommitSha
    image_digest: ImageDigest
    desired_count: int = Field(ge=0, le=100)
    databases: dict[DatabaseName, Database]
    configuration: dict[KeyName, Annotated[int, Field(ge=0)]] = {}
    """The versions, in SSM, of the keys that were changed since the first deployment; 0 for one that the
    tasks are not given any more."""
    migrations: dict[DatabaseName, MigrationVersion] = {}
    """The newest migration that was applied to each database, where there was any."""

    @property
    def tasks(self) -> str:
        """How many tasks, in words."""
        return f"{self.desired_count or 'no'} task{'' if self.desired_count == 1 else 's'}"

    def side_variables(self) -> dict[str, object]:
        """The root module's words for one slot."""
        return {
            "commit": self.commit,
            "image_digest": self.image_digest,
            "desired_count": self.desired_count,
            "databases": {name.value: database.model_dump() for name, database in self.databases.items()},
            "configuration_versions": self.configuration,
        }


class Standby(Side):
    """The slot that is not live. `kept_hours` is set once it was live: so long it can be gone back to."""

    kept_hours: Annotated[float, Field(gt=0)] | None = None


class Release(Side):
    """What an environment is to be. What stands here itself is the live slot's, the one that clients get.

    Holds no secret: configuration values live in SSM and are named by the environment's settings. `traffic`
    is the live slot's share of the requests, in percent; only a switch by steps divides them.
    """

    format_version: Literal[1] = 1
    environment: EnvironmentName
    live: Slot = Slot.BLUE
    traffic: Annotated[int, Field(ge=1, le=100)] = 100
    standby: Standby | None = None

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical document: equal releases have equal digests."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def has_parts_of(self, other: Release) -> bool:
        """Whether both have the same databases and slots, so that the service tells one from the other."""
        parts = ("databases", "live", "traffic", "standby")
        return all(getattr(self, name) == getattr(other, name) for name in parts)

    def side(self) -> Side:
        """What the live slot is, alone."""
        return Side.model_validate(self.model_dump(include=set(Side.model_fields)))

    def beside(self, side: Side) -> Self:
        """The same with another slot beside it, which no client gets."""
        return self.model_copy(update={"standby": Standby.model_validate(side.model_dump())})

    def divided(self, other_slots_share: int) -> Self:
        """The same with a share of the requests, in percent, on the other slot."""
        return self.model_copy(update={"traffic": 100 - other_slots_share})

    def switched(self, kept_hours: float | None) -> Self:
        """The same with all traffic on the other slot, and the slot that was live kept beside it.

        Raises ValueError where there is no other slot.
        """
        if self.standby is None:
            raise ValueError("there is no slot to switch to")
        kept = Standby.model_validate(self.side().model_dump() | {"kept_hours": kept_hours})
        changed = {name: getattr(self.standby, name) for name in Side.model_fields}
        return self.model_copy(update=changed | {"live": self.live.other, "standby": kept, "traffic": 100})

    def terraform_variables(self) -> dict[str, object]:
        """The root module's variables that a release sets; the rest is in the environment's var files.

        A root that knows no slots is told of none until there are some.
        """
        variables = {"environment": self.environment, **self.side_variables()}
        if self.live is Slot.BLUE and self.standby is None:
            return variables
        return variables | {
            "live_slot": self.live.value,
            "standby": self.standby.side_variables() if self.standby else None,
            "traffic_weights": {self.live.value: self.traffic, self.live.other.value: 100 - self.traffic},
        }
