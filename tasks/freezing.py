"""Keeps changes out of the times at which an environment is not to be changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from prefect import get_run_logger

from models.change import Change
from models.errors import Refused
from models.freeze import FreezeOverride, freeze_in_force
from systems.environments import load_environment
from tasks.steps import step

Moment = Literal["before asking", "before changing"]


def respect_freeze(change: Change, moment: Moment) -> Change:
    """The change, with the freeze that it overrides where one is in force now. Raises as `check_freeze`."""
    override = check_freeze(change, moment) or change.freeze_override
    return change.model_copy(update={"freeze_override": override})


@step("Check that the environment is not frozen", "Check that it is not frozen ({moment})")
def check_freeze(change: Change, moment: Moment) -> FreezeOverride | None:  # noqa: ARG001 the result's key
    """The override, where one is needed now by the environment's file as it is now.

    Kept once it has passed: a run that was killed half way goes on, whatever has begun meanwhile.
    Raises Refused, naming the freeze's end, where the request does not say why it cannot wait.
    """
    freeze = freeze_in_force(load_environment(change.environment.name).freeze, datetime.now(UTC))
    if freeze is None:
        return None
    until = f"{freeze.ends_at:%Y-%m-%d %H:%M} UTC: {freeze.reason}"
    if not change.freeze_override_reason:
        raise Refused(
            f"{change.environment.name} is frozen until {until}.",
            next_step="Nothing was changed; start again after that, or say why it cannot wait: in the form, "
            "with credex trigger -p freeze_override_reason=WHY, or with credex rollback "
            "--freeze-override-reason WHY.",
        )
    get_run_logger().warning("Going on in spite of a freeze until %s.", until)
    return FreezeOverride(freeze=freeze, reason=change.freeze_override_reason)
