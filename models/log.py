"""The deployment log's records: numbered, chained by hash, never changed once written."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from models.approval import Approval
from models.check import Verification
from models.configuration import KeyState
from models.fingerprint import Fingerprint
from models.freeze import FreezeOverride
from models.names import BackupId, DatabaseName, EnvironmentName, KeyName, Scenario, Sha256
from models.plan import Plan
from models.release import Release

GENESIS = "0" * 64
"""The predecessor's hash that the first record names."""


class Event(StrEnum):
    """What a record tells."""

    STARTED = "started"
    FENCED = "fenced"
    """The databases take no writes any more."""
    OPENED = "opened"
    """The databases take writes again from now on."""
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"

    @property
    def ends_a_deployment(self) -> bool:
        """Whether nothing of the deployment is left to do after this record."""
        return self not in {Event.STARTED, Event.FENCED, Event.OPENED}


class Apply(BaseModel):
    """The process that applies a plan, so that a lock it leaves behind can be told from anybody else's."""

    model_config = ConfigDict(frozen=True)

    host: str
    boot_id: str
    machine_id: str = Field(default="", description="The same after a reboot; empty where that is not known.")
    namespace: str = Field(default="", description="Tells the processes of one container from another's.")
    pid: int
    process_started: float = Field(description="Seconds since the epoch, by the host's clock.")
    terraform_user: str = Field(description="What Terraform writes as Who into its lock: user@host.")


class Entry(BaseModel):
    """What a flow wants to be recorded; number, time and chain are added by the log."""

    model_config = ConfigDict(frozen=True)

    event: Event
    scenario: Scenario
    environment: EnvironmentName
    flow_run_id: str
    flow_run_name: str
    requester: str
    release: Release | None = None
    plan: Plan | None = None
    plan_sha256: Sha256 | None = None
    approval: Approval | None = None
    freeze_override: FreezeOverride | None = None
    apply: Apply | None = None
    verification: Verification | None = None
    configuration: dict[KeyName, KeyState] = Field(
        default={}, description="The keys whose values this change wrote, with keyed fingerprints."
    )
    because: str = Field(default="", description="Why it was asked for, in the requester's own words.")
    reason: str = Field(default="", description="Why it failed.")
    backups: dict[DatabaseName, BackupId] = {}
    data: dict[DatabaseName, Fingerprint] = Field(
        default={}, description="What the databases held when clients were let in, after a migration."
    )
    serving_after_seconds: float | None = Field(
        default=None, description="How long after the trigger the release served, where that was measured."
    )


class Record(BaseModel):
    """One record of the log."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1)
    written_at: datetime
    previous_hash: Sha256
    entry: Entry

    @property
    def good_release(self) -> Release | None:
        """The release that runs well from this record on; None where it tells of none, or of a failed one."""
        good = self.entry.event in {Event.SUCCEEDED, Event.UNCHANGED, Event.ROLLED_BACK}
        return self.entry.release if good else None

    @property
    def changes_something(self) -> bool:
        """Whether it tells of a change that was begun or made; a backup's record tells of none."""
        return self.entry.release is not None and self.entry.event not in {Event.UNCHANGED, Event.FAILED}

    def hash(self) -> str:
        """SHA-256 (hex) of the record's canonical JSON, which the next record names."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
