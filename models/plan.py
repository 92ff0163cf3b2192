"""A Terraform plan as the rail speaks of it: what would change, and which saved file says so.

Values of attributes are not kept here: a plan in clear may hold secrets, so only addresses, actions and the
names of changed attributes leave the place where the plan is read.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from models.names import Sha256


class Action(StrEnum):
    """What a plan would do to one resource, in the words people use."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    IMPORT = "import"
    MOVE = "move"
    READ = "read"
    NOTHING = "nothing"


class ResourceChange(BaseModel):
    """One resource in a plan: `attributes` are the paths that change, `because` those that force it anew."""

    model_config = ConfigDict(frozen=True)

    address: str
    type: str
    action: Action
    deposed: str | None = None
    previous_address: str | None = None
    importing: bool = False
    attributes: list[str] = []
    because: list[str] = []

    @property
    def destroys(self) -> bool:
        """Whether the resource as it is now would cease to be, or to be managed."""
        return self.action in {Action.DELETE, Action.REPLACE, Action.FORGET}


class StateIdentity(BaseModel):
    """Which state a plan was made against. `lineage` is None before the first apply."""

    model_config = ConfigDict(frozen=True)

    lineage: str | None
    serial: int = Field(ge=0)


class Plan(BaseModel):
    """A plan that was read: its changes, and a digest of them that is equal for equal changes."""

    model_config = ConfigDict(frozen=True)

    format_version: str
    changes: list[ResourceChange]
    changes_digest: Sha256 = Field(description="SHA-256 over every changed resource with its new values.")

    @property
    def effective(self) -> list[ResourceChange]:
        """The changes that do something (reads and no-ops left out)."""
        return [change for change in self.changes if change.action not in {Action.READ, Action.NOTHING}]


class SavedPlan(BaseModel):
    """A plan whose file is kept, encrypted, until it is applied.

    `sha256` is of the plan file in clear: what was approved is what is applied.
    """

    model_config = ConfigDict(frozen=True)

    key: str = Field(description="Where in the releases bucket the encrypted plan file is.")
    sha256: Sha256
    state: StateIdentity
    plan: Plan
