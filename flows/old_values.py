"""How a failed change of the configuration is undone: the old values first, then tasks that take them."""

from __future__ import annotations

from flows.putting_back import WayBack
from models.change import Change
from models.check import Verification, Weight
from models.configuration import KeyChange
from models.configuration_checks import WRITTEN
from models.errors import DeployError
from models.log import Event
from models.names import Scenario
from models.outputs import Outputs
from models.release import Release
from tasks.changing_configuration import restore_values, write_changed_to_github
from tasks.known_configuration import noting_keys
from tasks.recording import deployment_log
from tasks.rollout import wait_for_targets, watch_release
from tasks.verification import ask, verify, weighing

write_old_to_github = write_changed_to_github.with_options(
    name="Write the old secrets to the GitHub Environment",
    task_run_name="Write the old secrets to the GitHub Environment",
)
"""A step of its own name, so that the new ones' kept result is not taken for it."""


class OldValues(WayBack):
    """Tasks read their values when they start: the old ones have to be there before the good release."""

    scenario = Scenario.CONFIGURATION

    def __init__(self, keys: list[KeyChange]) -> None:
        self._keys = keys
        self._names = [it.key for it in keys]

    def asks_again(self, change: Change) -> bool:  # noqa: ARG002 at no moment
        """Not once values are written: putting them back makes new versions, which nobody was shown."""
        return False

    def resume(self, change: Change) -> None:
        """Raise the failure that a killed run had recorded: its values may be the old ones again."""
        failed = deployment_log(change.environment).find(
            change.flow_run_id, Event.FAILED, plan_sha256=change.saved.sha256
        )
        if failed:
            raise DeployError(failed.entry.reason, next_step="The old values are put back.")

    def leave(self, change: Change) -> None:
        """Write the old values back where nothing was applied: no task has read the new ones."""
        restore_values(change.environment, self._keys)

    def prepare(self, back: Change) -> None:
        """Write the old values back to SSM, before tasks are started for them."""
        restore_values(back.environment, self._keys)

    def bring_up(self, back: Change, outputs: Outputs) -> Verification:
        """Wait until the good release serves again; then GitHub, whose being away is only told."""
        watch_release(back.environment, outputs, back.release)
        wait_for_targets(back.environment, outputs, back.release)
        told = weighing(Weight.TOLD, ask(WRITTEN, write_old_to_github, back.environment, self._keys))
        return verify(back.environment, outputs, back.release, besides=told, written=self._names)

    def put_back(self, change: Change, good: Release) -> tuple[Change, Verification]:
        """As ever; the record says what the keys are now, unless GitHub may have another value."""
        back, verification = super().put_back(change, good)
        if any(check.name == WRITTEN for check in verification.unwell()):
            return back, verification
        return noting_keys(back, self._names), verification
