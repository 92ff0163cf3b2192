"""Judges a plan: what a scenario may not do with it, and what the approver should look at.

The guard stands outside of the configuration it judges: `prevent_destroy` goes when its block goes, this does
not. What each scenario may do is in `allowances`, what is protected from all of them in `protection`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.allowances import (
    ALLOWED,
    FIRST_BUILD,
    LABELS,
    MAY_LABEL,
    MEANINGFUL_TAG,
    ORDINARY,
    TAINTED,
    Allowance,
)
from models.names import Scenario, Slot
from models.plan import Action, Loss, Plan, ResourceChange, Weakening
from models.plan_words import done, lost, unusual
from models.protection import PROTECTED_TYPES, GuardSettings


class Severity(StrEnum):
    """How much a finding matters, the worst first. Only what is worth a look lets the plan pass."""

    REFUSED = "refused"
    NEEDS_OTHER_SCENARIO = "needs the other scenario"
    WORTH_A_LOOK = "worth a look"

    @property
    def forbids(self) -> bool:
        """Whether the plan must not be applied."""
        return self is not Severity.WORTH_A_LOOK


class Finding(BaseModel):
    """One thing a plan would do that the scenario may not, or that the approver should see."""

    model_config = ConfigDict(frozen=True)

    severity: Severity
    address: str
    reason: str
    scenario: Scenario | None = None
    """The scenario made for such a change, where there is one."""
    next_step: str = ""
    """The way out, where the plan is forbidden."""


@dataclass(frozen=True)
class _Rules:
    """By what a plan is judged."""

    who: str
    allowed: tuple[Allowance, ...]
    settings: GuardSettings
    may_label: bool
    first_build: bool
    builds: bool
    """Whether it is the initial deployment's, whose first plan has no task where it knows of none."""
    made_for: Scenario | None
    """The scenario that may do all that the plan does, if there is one."""
    standby: Slot | None = None


def guard(
    plan: Plan,
    scenario: Scenario,
    settings: GuardSettings | None = None,
    *,
    first_build: bool = False,
    standby: Slot | None = None,
) -> list[Finding]:
    """What in this plan the scenario may not do, and what the approver should look at; the worst first.

    `first_build` says that nothing was ever deployed, so that there is nothing yet to protect; `standby` is
    the slot that no client gets, where the release knows slots.
    """
    rules = _Rules(
        who=f"a plan of {scenario.value}",
        allowed=ALLOWED.get(scenario, ()) + (FIRST_BUILD if first_build else ()),
        settings=settings or GuardSettings(),
        may_label=scenario in MAY_LABEL,
        first_build=first_build,
        builds=scenario is Scenario.INITIAL_DEPLOYMENT,
        made_for=_made_for(plan.effective, settings or GuardSettings(), standby),
        standby=standby,
    )
    found = [
        *_judge(plan, rules),
        *_unusual(plan, ORDINARY.get(scenario, {})),
        *_unused(plan, rules.settings),
    ]
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def guard_step(
    plan: Plan,
    who: str,
    allowed: tuple[Allowance, ...],
    settings: GuardSettings | None = None,
    standby: Slot | None = None,
) -> list[Finding]:
    """What in a later plan of a scenario is more than its step, which `who` names, is there for."""
    rules = _Rules(
        who=who,
        allowed=allowed,
        settings=settings or GuardSettings(),
        may_label=False,
        first_build=False,
        builds=False,
        made_for=None,
        standby=standby,
    )
    return _judge(plan, rules)


def refused(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that forbid the plan."""
    return [finding for finding in findings if finding.severity.forbids]


def _judge(plan: Plan, rules: _Rules) -> list[Finding]:
    return [finding for change in plan.effective for finding in _findings(change, rules)]


def _findings(change: ResourceChange, rules: _Rules) -> list[Finding]:
    """What is lost is told first, because no scenario may do that."""
    losses = [loss for loss in change.weakens if _matters(loss, change, rules)]
    worst = [loss for loss in losses if loss.certain and not _accepted(loss, change, rules)]
    if worst:
        return [_loses(change, loss) for loss in worst]
    if _protected(change, rules.settings) and _only_labels(change) and rules.may_label:
        return [_look(change, f"{change.address} gets other tags.")]
    looks = [_look(change, f"{change.address}: {loss.what}.") for loss in losses]
    if rules.builds and _stops(change):
        return [_stopping(change)]
    if _adopts(change, rules):
        return [
            _look(change, f"{change.address} is adopted and gets the configuration's settings."),
            *looks,
        ]
    may = _may(change, rules.allowed, rules.settings, rules.standby)
    return looks if may else [_refusal(change, rules)]


def _matters(loss: Weakening, change: ResourceChange, rules: _Rules) -> bool:
    """What a first build creates opens itself as it is meant to: only what the public gets is told."""
    new = rules.first_build and change.action is Action.CREATE
    return not new or loss.loss is Loss.PUBLIC_ACCESS


def _accepted(loss: Weakening, change: ResourceChange, rules: _Rules) -> bool:
    """Whether the loss is no loss, because there is nothing yet, or one that somebody decided on."""
    if rules.first_build and (change.action is Action.CREATE or change.cause == TAINTED):
        return True
    return loss.loss is not Loss.DATA and rules.settings.lets_weaken(change.address)


def _may(
    change: ResourceChange, allowed: tuple[Allowance, ...], settings: GuardSettings, standby: Slot | None
) -> bool:
    protected = _protected(change, settings)
    if protected and change.previous_address is not None:
        return False
    return any(allowance.matches(change, protected=protected, standby=standby) for allowance in allowed)


def _protected(change: ResourceChange, settings: GuardSettings) -> bool:
    return change.type in PROTECTED_TYPES or settings.protects(change.address, change.previous_address)


def _only_labels(change: ResourceChange) -> bool:
    """Whether a resource only gets other tags, none of which says what it is to be."""
    return (
        change.action is Action.UPDATE
        and not change.importing
        and change.previous_address is None
        and change.changes_only(LABELS)
        and not any(MEANINGFUL_TAG in path for path in change.attributes)
    )


def _adopts(change: ResourceChange, rules: _Rules) -> bool:
    """Whether a resource made by the bootstrap is taken into the state and set as the configuration says."""
    may_import = any(Action.IMPORT in allowance.actions for allowance in rules.allowed)
    return may_import and change.importing and change.action is Action.UPDATE


def _stops(change: ResourceChange) -> bool:
    """Whether a service that has tasks would have none."""
    return any(
        value.attribute == "desired_count" and value.after == "0" and value.before not in {None, "0"}
        for value in change.shown
    )


def _stopping(change: ResourceChange) -> Finding:
    return Finding(
        severity=Severity.REFUSED,
        address=change.address,
        reason=f"{change.address} has tasks, and all of them would be stopped.",
        next_step="Name its cluster and service under [adopts] of the environment's file: they run on then.",
    )


def _look(change: ResourceChange, reason: str) -> Finding:
    return Finding(severity=Severity.WORTH_A_LOOK, address=change.address, reason=reason)


def _loses(change: ResourceChange, loss: Weakening) -> Finding:
    acceptable = loss.loss is not Loss.DATA
    return Finding(
        severity=Severity.REFUSED,
        address=change.address,
        reason=f"{change.address} would be {done(change)}: {loss.what}; no scenario may do that.",
        next_step=f"If that is meant, put {change.address} under may_weaken in the [guard] table of the "
        "environment's file."
        if acceptable
        else "Move the data to a volume of its own first; a backup restored there is one way.",
    )


def _refusal(change: ResourceChange, rules: _Rules) -> Finding:
    made_for = rules.made_for or _made_for([change], rules.settings, rules.standby)
    way_out = f"only {made_for.value} may do that" if made_for else "no scenario may do that"
    stake = lost(change) if change.destroys else ""
    return Finding(
        severity=Severity.NEEDS_OTHER_SCENARIO if made_for else Severity.REFUSED,
        address=change.address,
        reason=f"{change.address} would be {done(change)}{stake}, which {rules.who} may not do; {way_out}.",
        scenario=made_for,
        next_step=f"Use the scenario {made_for.value} for it."
        if made_for
        else "Change the Terraform configuration or the release, so that the plan no longer holds it.",
    )


def _made_for(
    changes: list[ResourceChange], settings: GuardSettings, standby: Slot | None
) -> Scenario | None:
    """The narrowest scenario that may make all of these changes, if any; creating is the initial one's."""
    if any(change.action in {Action.CREATE, Action.IMPORT} for change in changes):
        fitting: Iterable[Scenario] = [Scenario.INITIAL_DEPLOYMENT]
    else:
        fitting = ALLOWED
    return next(
        (name for name in fitting if all(_fits(each, name, settings, standby) for each in changes)), None
    )


def _fits(change: ResourceChange, scenario: Scenario, settings: GuardSettings, standby: Slot | None) -> bool:
    """Whether a scenario may make such a change, as far as its action tells."""
    return (_only_labels(change) and scenario is Scenario.INITIAL_DEPLOYMENT) or _may(
        change, ALLOWED[scenario], settings, standby
    )


def _unusual(plan: Plan, ordinary: dict[str, frozenset[str]]) -> list[Finding]:
    """Changes that are allowed, but not what this scenario does each time."""
    return [
        _look(change, f"{change.address} {words}.")
        for change in plan.effective
        if change.type in ordinary and (words := unusual(change, ordinary[change.type]))
    ]


def _unused(plan: Plan, settings: GuardSettings) -> list[Finding]:
    """A misspelt pattern protects nothing, and nobody would know."""
    known = [address for change in plan.changes for address in (change.address, change.previous_address)]
    return [
        Finding(
            severity=Severity.WORTH_A_LOOK,
            address=pattern,
            reason=f"{pattern} is to be protected, but no resource is called so.",
        )
        for pattern in settings.unused([address for address in known if address is not None])
    ]
