"""The end of the rail: the outcome is recorded, people are informed, the flow run says it in one sentence."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State

from flows.outcome import succeeded, unchanged
from models.change import Change
from models.check import Verification
from models.log import Event
from models.outputs import Outputs
from tasks.informing import inform
from tasks.recording import record_outcome


def finish(change: Change, verification: Verification, outputs: Outputs) -> State[Any]:
    """Record a verified change, or that there was nothing to change, and say so."""
    release, name = change.release, change.environment.name
    same = not change.changes_anything and change.current == release
    event = Event.UNCHANGED if same else Event.SUCCEEDED
    record = record_outcome(change, event, verification=verification)
    inform(change, event)
    ending = (
        f"{name} runs commit {release.commit[:12]} in {release.tasks} on {outputs.api_url} "
        f"(record {record.number} of its log)."
    )
    if same:
        return unchanged(f"Nothing to change: {ending}")
    return succeeded(f"Done and verified: {ending}")
