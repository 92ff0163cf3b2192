"""What builds and tests said of a commit, and whether that is enough to deploy it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.errors import Refused
from models.names import CommitSha

_NAMED = 5


class Colour(StrEnum):
    """What became of a check."""

    GREEN = "green"
    RUNNING = "running"
    RED = "red"


class CommitCheck(BaseModel):
    """One check run or commit status, the newest of its name."""

    model_config = ConfigDict(frozen=True)

    name: str
    colour: Colour


def require_green(commit: CommitSha, checks: Sequence[CommitCheck], required: Sequence[str] = ()) -> None:
    """Raise Refused unless there are checks, all of them green and those that are required among them."""
    red, running = (_of(checks, colour) for colour in (Colour.RED, Colour.RUNNING))
    lacking = [name for name in required if name not in {check.name for check in checks}]
    if red:
        raise Refused(
            f"Commit {commit[:12]} is not green: {_listed(red)}.",
            next_step="Mend the fix and push it; then start the hotfix again.",
        )
    if running:
        raise Refused(
            f"The checks of commit {commit[:12]} have not ended: {_listed(running)}.",
            next_step="Start the hotfix again when they have.",
        )
    if lacking or not checks:
        which = _listed(lacking) if lacking else "there is none at all"
        raise Refused(
            f"Checks of commit {commit[:12]} are missing: {which}.",
            next_step="See that CI runs for hotfix branches (docs/ci.md), then start the hotfix again.",
        )


def _of(checks: Sequence[CommitCheck], colour: Colour) -> list[str]:
    return [check.name for check in checks if check.colour is colour]


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(map(repr, names[:_NAMED])) + (f" and {more} more" if more > 0 else "")
