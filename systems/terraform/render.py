"""A plan as Markdown for people: what would happen, to what, and why. Pure.

Default-deny: names of attributes are shown, values only where the plan reader let them through.
"""

from __future__ import annotations

from models.cost import Prices
from models.guard import Finding, Severity
from models.markdown import code, plain, table
from models.names import Slot
from models.plan import Action, Plan, ResourceChange, ShownValue
from models.release import Database, Release, Standby
from systems.terraform.render_cost import render_cost

_SECTIONS = {
    Action.DELETE: "Destroyed",
    Action.REPLACE: "Destroyed and created anew",
    Action.FORGET: "Forgotten by Terraform, left as they are",
    Action.UPDATE: "Changed in place",
    Action.MOVE: "Moved to another address",
    Action.IMPORT: "Adopted",
    Action.CREATE: "Created",
}
"""What people should see first, first."""

_MOST_ATTRIBUTES = 8

_CAUSES = {
    "replace_because_tainted": "it is tainted: its creation failed half way",
    "replace_by_request": "a replacement was asked for",
    "replace_by_triggers": "something it is bound to changes",
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_wrong_repetition": "it is now repeated in another way",
    "delete_because_count_index": "there are to be fewer of it",
    "delete_because_each_key": "its key is gone",
    "delete_because_no_move_target": "what it moves to is no longer in the configuration",
}
"""Terraform's words for why, as people say them; a forced replacement is told by its attributes."""


def render_plan(
    plan: Plan,
    *,
    findings: list[Finding],
    current: Release | None,
    release: Release,
    prices: Prices | None = None,
) -> str:
    """The whole plan as Markdown: findings, releases, cost, then a table for each kind of change."""
    parts = [
        f"**{summary(plan)}**",
        _findings(findings),
        _releases(current, release),
        render_cost(plan.usage, prices) if plan.effective else "",
        *(_section(action, title, plan) for action, title in _SECTIONS.items()),
        _names("Outputs that change", plan.outputs),
        _names("Changed outside of Terraform since the last apply", plan.drift),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(plan: Plan) -> str:
    """The counts in one line, for example `2 to add, 1 to change, 0 to replace, 0 to destroy`."""
    if not plan.effective:
        return "Nothing changes." if not plan.outputs else "Only outputs change."
    counts = {action: sum(change.action is action for change in plan.effective) for action in Action}
    always = {
        Action.CREATE: "add",
        Action.UPDATE: "change",
        Action.REPLACE: "replace",
        Action.DELETE: "destroy",
    }
    rare = {Action.IMPORT: "adopt", Action.MOVE: "move", Action.FORGET: "forget"}
    told = [f"{counts[action]} to {word}" for action, word in always.items()]
    return ", ".join(
        told + [f"{counts[action]} to {word}" for action, word in rare.items() if counts[action]]
    )


def _findings(findings: list[Finding]) -> str:
    if not findings:
        return ""
    ranked = sorted(findings, key=lambda finding: list(Severity).index(finding.severity))
    return "## Findings\n\n" + "\n".join(map(_finding, ranked))


def _finding(finding: Finding) -> str:
    way_out = f" {plain(finding.next_step)}" if finding.next_step else ""
    return f"- **{finding.severity.value.capitalize()}**: {plain(finding.reason)}{way_out}"


def _releases(current: Release | None, release: Release) -> str:
    now, following = _release_words(current) if current else {}, _release_words(release)
    rows = [[name, code(now[name]) if name in now else "", code(word)] for name, word in following.items()]
    return "## Release\n\n" + table(["", "now", "next"], rows)


def _release_words(release: Release) -> dict[str, str]:
    databases = {f"{name} database": _database_words(it) for name, it in release.databases.items()}
    slots = {"live slot": release.live.value, "other slot": _standby_words(release.standby)}
    return {
        **(slots if release.live is not Slot.BLUE or release.standby else {}),
        "commit": release.commit[:12],
        "image": release.image_digest[: len("sha256:") + 12],
        "tasks": str(release.desired_count),
        **databases,
        **{f"{name} migrated to": version for name, version in release.migrations.items()},
        **{key: f"version {version} in SSM" for key, version in release.configuration.items()},
    }


def _standby_words(standby: Standby | None) -> str:
    return f"commit {standby.commit[:12]}, {standby.tasks}" if standby else "none"


def _database_words(database: Database) -> str:
    address = f" at {database.private_ip}" if database.private_ip else ""
    settings = "".join(f", {name}={value}" for name, value in database.settings.items())
    return f"Neo4j {database.neo4j_version} on {database.instance_type}{address}{settings}"


def _section(action: Action, title: str, plan: Plan) -> str:
    changes = [change for change in plan.effective if change.action is action]
    if not changes:
        return ""
    rows = [[code(_name(change)), _why(change), _what(change)] for change in changes]
    return f"## {title} ({len(changes)})\n\n" + table(["resource", "why", "what"], rows)


def _name(change: ResourceChange) -> str:
    """The address, with what else tells it from others."""
    old = f" (old object {change.deposed})" if change.deposed else ""
    moved = f" (was {change.previous_address})" if change.previous_address else ""
    return f"{change.address}{old}{moved}"


def _why(change: ResourceChange) -> str:
    cause = _CAUSES.get(change.cause or "", "")
    forced = f"cannot be changed in place: {_codes(change.because)}" if change.because else ""
    adopted = "exists already" if change.importing else ""
    return "; ".join(filter(None, [forced, cause, adopted]))


def _what(change: ResourceChange) -> str:
    """Values where they are harmless; of the rest the names.

    All that a new object gets from AWS is unknown when it replaces another, and so says nothing.
    """
    told = {value.attribute for value in change.shown} | set(change.because)
    told |= set(change.unknown) if change.action is Action.REPLACE else set()
    named = [path for path in change.attributes if path not in told]
    return "; ".join(filter(None, [*map(_value, change.shown), _codes(named)]))


def _value(value: ShownValue) -> str:
    old = code(value.before) if value.before is not None else "none"
    new = code(value.after) if value.after is not None else "known after the apply or none"
    return f"{code(value.attribute)} {old} → {new}"


def _codes(names: list[str]) -> str:
    more = len(names) - _MOST_ATTRIBUTES
    shown = ", ".join(code(name) for name in names[:_MOST_ATTRIBUTES])
    return f"{shown} and {more} more" if more > 0 else shown


def _names(title: str, names: list[str]) -> str:
    return f"**{title}**: {', '.join(code(name) for name in names)}" if names else ""
