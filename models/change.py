"""One change of one environment on its way along the rail."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from models.approval import Approval
from models.configuration import KeyState
from models.environment import Environment
from models.fingerprint import Fingerprint
from models.freeze import FreezeOverride
from models.guard import Finding
from models.log import Entry, Event
from models.names import BackupId, DatabaseName, KeyName, Scenario, Slot
from models.plan import SavedPlan
from models.release import Release


class Change(BaseModel):
    """Who changes what in which environment, from which release to which, by which plan.

    `current` is None where nothing was deployed yet; `approval` is None where the environment asks for none.
    `freeze_override` is set where the environment is frozen and the request said why not to wait.
    """

    model_config = ConfigDict(frozen=True)

    scenario: Scenario
    environment: Environment
    requester: str
    flow_run_id: str
    flow_run_name: str
    current: Release | None
    release: Release
    saved: SavedPlan
    findings: list[Finding] = []
    approval: Approval | None = None
    because: str = ""
    notes: list[Finding] = []
    """What the scenario itself has to say to the approver, besides what the guard finds in the plan."""
    backups: dict[DatabaseName, BackupId] = {}
    freeze_override_reason: str | None = None
    freeze_override: FreezeOverride | None = None

    configuration: dict[KeyName, KeyState] = {}
    """The keys whose values were written, as they are now."""

    data: dict[DatabaseName, Fingerprint] = {}
    """What the databases held when clients came to them."""

    overtaken: bool = False
    """Whether others changed the environment while this run was interrupted with writes kept out."""

    besides: str = ""
    """What was done besides the plan, in words for the run's end and its page."""
    serving_after_seconds: float | None = None
    """How long after the trigger the release served, where that matters."""

    @property
    def at_plan(self) -> str:
        """Words that tell what was read for this plan from what was read for another of the same run."""
        return f"for plan {self.saved.sha256[:12]}"

    @property
    def standby(self) -> Slot | None:
        """The slot that is not live before the change, whether something stands in it or not."""
        return self.current.live.other if self.current else None

    @property
    def changes_anything(self) -> bool:
        """Whether the plan does something."""
        return bool(self.saved.plan.effective)

    def entry(self, event: Event, **details: object) -> Entry:
        """What the log is to hold of this change at this point."""
        return Entry.model_validate(
            {
                "event": event,
                "scenario": self.scenario,
                "environment": self.environment.name,
                "flow_run_id": self.flow_run_id,
                "flow_run_name": self.flow_run_name,
                "requester": self.requester,
                "release": self.release,
                "plan": self.saved.plan,
                "plan_sha256": self.saved.sha256,
                "approval": self.approval,
                "because": self.because,
                "configuration": self.configuration,
                "backups": self.backups,
                "data": self.data,
                "freeze_override": self.freeze_override,
                "serving_after_seconds": self.serving_after_seconds,
                **details,
            }
        )
