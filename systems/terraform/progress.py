"""Terraform's machine-readable lines as sentences for people: addresses and times, never values."""

from __future__ import annotations

import json

from systems.terraform.diagnostics import from_json

_DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "import": "importing",
}
_DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "import": "imported",
}


def sentence(line: str) -> str | None:
    """What one line of `-json` output tells a person, or None if nothing worth saying."""
    try:
        event = json.loads(line)
    except ValueError:
        return None  # Terraform mixes a few plain lines in; none of them is about a resource
    if not isinstance(event, dict):
        return None
    kind = event.get("type")
    if kind == "diagnostic":
        return _warning(event)
    if kind == "change_summary":
        return _summary(event)
    return _of_a_resource(str(kind), event.get("hook"))


def _warning(event: dict[str, object]) -> str | None:
    """Warnings are told here; errors become the exception that ends the command."""
    diagnostic = from_json(event.get("diagnostic"))
    if diagnostic is None or diagnostic.severity != "warning":
        return None
    return f"Warning: {diagnostic.sentence}"


def _summary(event: dict[str, object]) -> str | None:
    changes = event.get("changes")
    if not isinstance(changes, dict):
        return None
    done = changes.get("operation") != "plan"
    words = ("added", "changed", "destroyed") if done else ("to add", "to change", "to destroy")
    counts = (changes.get("add", 0), changes.get("change", 0), changes.get("remove", 0))
    told = ", ".join(f"{count} {word}" for count, word in zip(counts, words, strict=True))
    imports = changes.get("import", 0)
    return f"{imports} {'imported' if done else 'to import'}, {told}" if imports else told


def _of_a_resource(kind: str, hook: object) -> str | None:
    """Only what changes something: a data source is read again by every plan, which tells nobody anything."""
    if not isinstance(hook, dict) or hook.get("action") == "read":
        return None
    address = (hook.get("resource") or {}).get("addr", "")
    action = str(hook.get("action", ""))
    doing, done = _DOING.get(action, action), _DONE.get(action, action)
    seconds = hook.get("elapsed_seconds", 0)
    return {
        "apply_start": f"{address}: {doing}",
        "apply_progress": f"{address}: {doing} ({seconds} s)",
        "apply_complete": f"{address}: {done} after {seconds} s",
        "apply_errored": f"{address}: {doing} failed after {seconds} s",
    }.get(kind)
