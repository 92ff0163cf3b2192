"""What somebody changed behind the deployment system's back: reality against the log's current release."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from models.markdown import code, plain, table
from models.plan import Action, Plan, ResourceChange, top_level

_SHOWN = 5
"""How many changes a sentence names; the page names all."""


class Author(BaseModel):
    """Who changed something last, when, and by which call, as CloudTrail tells it."""

    model_config = ConfigDict(frozen=True)

    who: str
    when: datetime
    call: str

    def __str__(self) -> str:
        return f"{self.who} at {self.when:%Y-%m-%d %H:%M} UTC by {self.call}"


class OutsideChange(BaseModel):
    """One resource that is not as the release says; `how` is a predicate that holds no values."""

    model_config = ConfigDict(frozen=True)

    address: str
    how: str
    author: Author | None = None

    def __str__(self) -> str:
        return f"{self.address} {self.how} ({self.author or 'by whom is not known'})"


class Drift(BaseModel):
    """All that differs, and what differs but is left alone by Terraform, which is told and no more."""

    model_config = ConfigDict(frozen=True)

    changes: list[OutsideChange] = []
    left_alone: list[str] = []

    @property
    def sentence(self) -> str:
        """The changes in one sentence; of many, the first ones."""
        more = len(self.changes) - _SHOWN
        named = "; ".join(str(change) for change in self.changes[:_SHOWN])
        return f"{named}; and {more} more" if more > 0 else named

    def page(self, environment: str) -> str:
        """All of it as Markdown."""
        if not self.changes:
            return f"# {environment} is what its release says\n\n{self._told()}".rstrip()
        rows = [
            [code(change.address), plain(change.how), plain(str(change.author or "not known"))]
            for change in self.changes
        ]
        head = f"# {environment} was changed from outside"
        return f"{head}\n\n{table(['resource', 'what', 'by whom and when'], rows)}\n\n{self._told()}".rstrip()

    def _told(self) -> str:
        if not self.left_alone:
            return ""
        listed = "\n".join(f"- {code(address)}" for address in self.left_alone)
        return f"Changed since the last apply, and left as they are by the next one:\n\n{listed}"


class DriftLook(BaseModel):
    """What one look found, and when."""

    model_config = ConfigDict(frozen=True)

    looked_at: datetime
    found: Drift


def drift_in(plan: Plan) -> Drift:
    """What a plan of the current release would undo: it should do nothing at all."""
    own = [change for change in plan.effective if not _only_follows(change)] or plan.effective
    changes = [OutsideChange(address=change.address, how=_how(change)) for change in own]
    undone = {change.address for change in plan.effective}
    return Drift(changes=changes, left_alone=[address for address in plan.drift if address not in undone])


def _only_follows(change: ResourceChange) -> bool:
    """Whether nothing of it is known to differ: it refers to another resource, which does."""
    return change.action is Action.UPDATE and set(change.attributes) <= set(change.unknown)


def _how(change: ResourceChange) -> str:
    attributes = ", ".join(sorted({top_level(path) for path in change.attributes})) or "something"
    return {
        Action.CREATE: "is missing",
        Action.UPDATE: f"differs in {attributes}",
        Action.REPLACE: f"differs in {attributes}, which would need another one",
        Action.DELETE: "is there, and the release knows nothing of it",
    }.get(change.action, f"is to be {change.action}d" if str(change.action).endswith("e") else "differs")
