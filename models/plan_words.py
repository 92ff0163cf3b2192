"""What a plan would do to a resource, in a person's words."""

from __future__ import annotations

from models.allowances import TAINTED
from models.plan import Action, ResourceChange, top_level
from models.protection import PROTECTED_TYPES

_FEWER = {"delete_because_count_index", "delete_because_each_key"}


def done(change: ResourceChange) -> str:
    """What would happen, as a participle with its reason: `destroyed because there are to be fewer of it`."""
    if change.deposed:
        return f"rid of its old object {change.deposed}"
    because = f" because of {', '.join(change.because)}" if change.because else ""
    moved = f" from {change.previous_address}" if change.previous_address else ""
    tainted = " because it is tainted" if change.cause == TAINTED else ""
    # A lower count or a key that is gone destroys the last resource, with nothing said about it.
    fewer = " because there are to be fewer of it" if change.cause in _FEWER else ""
    return _participle(change) + moved + because + tainted + fewer


def lost(change: ResourceChange) -> str:
    """What goes with a resource of this type, where that is known."""
    protected = PROTECTED_TYPES.get(change.type)
    return f", and with it {protected}" if protected else ""


def unusual(change: ResourceChange, ordinary: frozenset[str]) -> str:
    """What of a change is not ordinary, as a predicate; empty where all of it is."""
    if change.action is Action.CREATE:
        return "is created: it was missing, or there is to be one more"
    if change.action is Action.REPLACE:
        return _unusual_cause(change, ordinary)
    also = sorted({top_level(path) for path in change.attributes} - ordinary)
    return f"also changes in {', '.join(also)}" if change.action is Action.UPDATE and also else ""


def _unusual_cause(change: ResourceChange, ordinary: frozenset[str]) -> str:
    if not change.because:
        return "is replaced, though nothing of it changes that would need that"
    also = sorted({top_level(path) for path in change.because} - ordinary)
    return f"is also replaced because of {', '.join(also)}" if also else ""


def _participle(change: ResourceChange) -> str:
    attributes = ", ".join(sorted({top_level(path) for path in change.attributes}))
    return {
        Action.CREATE: "created",
        Action.UPDATE: "moved and changed" if change.previous_address else f"changed ({attributes})",
        Action.REPLACE: "destroyed and created anew",
        Action.DELETE: "destroyed",
        Action.FORGET: "forgotten by Terraform",
        Action.IMPORT: "adopted",
        Action.MOVE: "moved",
    }[change.action]
