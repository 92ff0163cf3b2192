"""The release document: all that distinguishes one state of an environment from another.

An environment is what its release says. A scenario computes the next release from the current one; the plan
of that release is what people approve, and applying an earlier release is what a rollback is.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.names import CommitSha, DatabaseName, EnvironmentName, ImageDigest, KeyName

Neo4jVersion = Annotated[str, StringConstraints(pattern=r"^(5|20\d\d)\.\d{1,2}\.\d{1,2}$")]
InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9]+$")]


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


class Release(BaseModel):
    """What an environment is to be: which code, how many tasks, which databases.

    Holds no secret: configuration values live in SSM and are named by the environment's settings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    environment: EnvironmentName
    commit: CommitSha
    image_digest: ImageDigest
    desired_count: int = Field(ge=0, le=100)
    databases: dict[DatabaseName, Database]
    configuration: dict[KeyName, Annotated[int, Field(ge=1)]] = {}
    """The versions, in SSM, of the keys that were changed since the first deployment."""

    @property
    def tasks(self) -> str:
        """How many tasks, in words."""
        return f"{self.desired_count or 'no'} task{'' if self.desired_count == 1 else 's'}"

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical document: equal releases have equal digests."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def terraform_variables(self) -> dict[str, object]:
        """The root module's variables that a release sets; the rest is in the environment's var files."""
        return {
            "environment": self.environment,
            "commit": self.commit,
            "image_digest": self.image_digest,
            "desired_count": self.desired_count,
            "databases": {name.value: database.model_dump() for name, database in self.databases.items()},
            "configuration_versions": self.configuration,
        }
