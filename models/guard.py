"""Which changes a scenario's plan may hold; everything else is refused, with the scenario that may.

The guard stands outside of the configuration it judges: `prevent_destroy` goes when its block goes, this does
not. The table of what is allowed and protected is in `allowances`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.allowances import (
    ALLOWED,
    APPLICATION_TYPES,
    LABELS,
    MEANINGFUL_TAG,
    ORDINARY,
    PROTECTED_TYPES,
    ROLLOUT,
    TAINTED,
    Allowance,
)
from models.names import Scenario
from models.plan import Action, Plan, ResourceChange, top_level


class Severity(StrEnum):
    """How much a finding matters."""

    REFUSED = "refused"
    WORTH_A_LOOK = "worth a look"


class Finding(BaseModel):
    """One thing a plan would do that the scenario may not, or that the approver should see."""

    model_config = ConfigDict(frozen=True)

    severity: Severity
    address: str
    reason: str
    scenario: Scenario | None = None
    """The scenario made for such a change, where there is one."""


def guard(plan: Plan, scenario: Scenario, besides: tuple[Allowance, ...] = ()) -> list[Finding]:
    """What in this plan the scenario may not do, and what the approver should look at; the worst first.

    `besides` is what may be done in addition to what the scenario always may.
    """
    findings = _judge(plan, (*ALLOWED.get(scenario, ()), *besides), f"a plan of {scenario.value}")
    findings += _unusual(plan, scenario)
    return sorted(findings, key=lambda finding: finding.severity is not Severity.REFUSED)


def guard_rollout(plan: Plan) -> list[Finding]:
    """What in the initial deployment's second plan is more than starting the tasks."""
    return _judge(plan, ROLLOUT, "the step that starts the tasks")


def refused(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that forbid the plan."""
    return [finding for finding in findings if finding.severity is Severity.REFUSED]


def _judge(plan: Plan, allowed: tuple[Allowance, ...], who: str) -> list[Finding]:
    findings = []
    for change in plan.effective:
        if _only_labels(change) or _adopts(change, allowed):
            findings.append(_label_or_adoption(change))
        elif _moves_protected(change) or not any(allowance.matches(change) for allowance in allowed):
            findings.append(_refusal(change, who))
    return findings


def _only_labels(change: ResourceChange) -> bool:
    """Whether a protected resource only gets other tags, none of which says what it is to be."""
    return (
        change.type in PROTECTED_TYPES
        and change.action is Action.UPDATE
        and not change.importing
        and not _moves_protected(change)
        and change.changes_only(LABELS)
        and not any(MEANINGFUL_TAG in path for path in change.attributes)
    )


def _adopts(change: ResourceChange, allowed: tuple[Allowance, ...]) -> bool:
    """Whether a resource made by the bootstrap is taken into the state and set as the configuration says."""
    may_import = any(Action.IMPORT in allowance.actions for allowance in allowed)
    return may_import and change.importing and change.action is Action.UPDATE


def _moves_protected(change: ResourceChange) -> bool:
    return change.previous_address is not None and change.type in PROTECTED_TYPES


def _label_or_adoption(change: ResourceChange) -> Finding:
    done = "is adopted and gets the configuration's settings" if change.importing else "gets other tags"
    return Finding(severity=Severity.WORTH_A_LOOK, address=change.address, reason=f"{change.address} {done}.")


def _refusal(change: ResourceChange, who: str) -> Finding:
    made_for = _scenario_for(change)
    way_out = f"only {made_for.value} may do that" if made_for else "no scenario may do that"
    protected = PROTECTED_TYPES.get(change.type)
    stake = f", and with it {protected.loss}" if protected and change.destroys else ""
    return Finding(
        severity=Severity.REFUSED,
        address=change.address,
        reason=f"{change.address} would be {_done(change)}{stake}, which {who} may not do; {way_out}.",
        scenario=made_for,
    )


def _done(change: ResourceChange) -> str:
    """What would happen to the resource, in a person's words, and why."""
    if change.deposed:
        return f"rid of its old object {change.deposed}"
    because = f" because of {', '.join(change.because)}" if change.because else ""
    moved = f" from {change.previous_address}" if change.previous_address else ""
    tainted = " because it is tainted" if change.cause == TAINTED else ""
    return (
        {
            Action.CREATE: "created",
            Action.UPDATE: "moved and changed" if moved else f"changed ({', '.join(_tops(change))})",
            Action.REPLACE: "destroyed and created anew",
            Action.DELETE: "destroyed",
            Action.FORGET: "forgotten by Terraform",
            Action.IMPORT: "adopted",
            Action.MOVE: "moved",
        }[change.action]
        + moved
        + because
        + tainted
        + _index(change)
    )


def _index(change: ResourceChange) -> str:
    """A lower count or a key that is gone destroys the last resource, with nothing said about it."""
    gone = change.cause in {"delete_because_count_index", "delete_because_each_key"}
    return " because there are to be fewer of it" if gone else ""


def _tops(change: ResourceChange) -> list[str]:
    return sorted({top_level(path) for path in change.attributes})


def _scenario_for(change: ResourceChange) -> Scenario | None:
    """The scenario made for such a change: ceasing to manage, or moving, is no scenario's."""
    if change.action in {Action.FORGET, Action.MOVE} or change.previous_address:
        return None
    if change.action in {Action.CREATE, Action.IMPORT}:
        return Scenario.INITIAL_DEPLOYMENT
    protected = PROTECTED_TYPES.get(change.type)
    if protected:
        return protected.scenario
    if change.type == "aws_ecs_service" and change.changes_only({"desired_count"}):
        return Scenario.SCALING
    if change.type in APPLICATION_TYPES:
        return Scenario.APPLICATION_DEPLOYMENT
    return Scenario.INITIAL_DEPLOYMENT if not change.destroys else None


def _unusual(plan: Plan, scenario: Scenario) -> list[Finding]:
    """Changes of the service that are allowed, but not what this scenario does each time."""
    ordinary = ORDINARY.get(scenario)
    if ordinary is None:
        return []
    return [
        Finding(
            severity=Severity.WORTH_A_LOOK,
            address=change.address,
            reason=f"{change.address} also changes in {', '.join(sorted({*_tops(change)} - ordinary))}.",
        )
        for change in plan.effective
        if change.type == "aws_ecs_service"
        and change.action is Action.UPDATE
        and not change.changes_only(ordinary)
    ]
