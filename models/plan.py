"""A Terraform plan as the rail speaks of it: what would change, and which saved file says so.

Values of attributes are not kept here: a plan in clear may hold secrets, so only addresses, actions, names of
changed attributes and a few values known to be harmless leave the place where the plan is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from models.cost import Usage
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


class ShownValue(BaseModel):
    """A value that may be shown to people because it is on the list of harmless ones."""

    model_config = ConfigDict(frozen=True)

    attribute: str
    before: str | None
    after: str | None


class Loss(StrEnum):
    """What a change would cost, where its values tell and its action does not."""

    PROTECTION = "protection"
    ACCESS = "access"
    PUBLIC_ACCESS = "public access"
    DATA = "data"


class Weakening(BaseModel):
    """Something that protects less after a change than before: weaker encryption, wider access.

    `what` is a clause without values that might be secret. `certain` is false where that is not known yet, or
    not bad enough to forbid.
    """

    model_config = ConfigDict(frozen=True)

    loss: Loss = Loss.PROTECTION
    what: str
    certain: bool = True


class ResourceChange(BaseModel):
    """One resource in a plan. `attributes` are the paths that change, `because` those that force a replace.

    `cause` is Terraform's own word for why (`replace_because_tainted`, `delete_because_count_index`), and
    `unknown` the paths whose values are known only after the apply.
    """

    model_config = ConfigDict(frozen=True)

    address: str
    type: str
    action: Action
    deposed: str | None = None
    previous_address: str | None = None
    importing: bool = False
    attributes: list[str] = []
    because: list[str] = []
    cause: str | None = None
    unknown: list[str] = []
    shown: list[ShownValue] = []
    weakens: list[Weakening] = []

    @property
    def destroys(self) -> bool:
        """Whether the resource as it is now would cease to be, or to be managed."""
        return self.action in {Action.DELETE, Action.REPLACE, Action.FORGET}

    @property
    def effective(self) -> bool:
        """Whether it does something: reads and no-ops do not."""
        return self.action not in {Action.READ, Action.NOTHING}

    def changes_only(self, attributes: Iterable[str]) -> bool:
        """Whether something changes, and every changed path lies in one of these top-level attributes."""
        wanted = set(attributes)
        return bool(self.attributes) and all(top_level(path) in wanted for path in self.attributes)


def top_level(path: str) -> str:
    """The attribute that a path such as `tags["Name"]` or `ingress[0].from_port` begins with."""
    return path.partition("[")[0].partition(".")[0]


class StateIdentity(BaseModel):
    """Which state a plan was made against. `lineage` is None before the first apply."""

    model_config = ConfigDict(frozen=True)

    lineage: str | None
    serial: int = Field(ge=0)


class Plan(BaseModel):
    """A plan that was read: its changes, and a digest of them that is equal for equal changes.

    `outputs` are the names of outputs whose value changes; `usage` is what is paid for before and after;
    `drift` the addresses that somebody else changed since the last apply.
    """

    model_config = ConfigDict(frozen=True)

    format_version: str
    changes: list[ResourceChange]
    outputs: list[str] = []
    usage: list[Usage] = []
    drift: list[str] = []
    changes_digest: Sha256 = Field(description="SHA-256 over every changed resource with its new values.")

    @property
    def effective(self) -> list[ResourceChange]:
        """The changes that do something (reads and no-ops left out)."""
        return [change for change in self.changes if change.effective]


class SavedPlan(BaseModel):
    """A plan whose file is kept, encrypted, until it is applied.

    `sha256` is of the plan file in clear: what was approved is what is applied.
    """

    model_config = ConfigDict(frozen=True)

    key: str = Field(description="Where in the releases bucket the encrypted plan file is.")
    sha256: Sha256
    state: StateIdentity
    plan: Plan
