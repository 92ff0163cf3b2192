"""The end of the rail: the outcome is recorded, people are informed, the flow run says it in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.client.schemas.objects import State

from flows.outcome import succeeded, unchanged
from models.change import Change
from models.check import Check, Verification
from models.environment import Environment
from models.errors import DeployError
from models.log import Event
from models.names import Scenario
from models.outputs import Outputs
from tasks.informing import inform
from tasks.recording import record_mended, record_outcome, record_run
from tasks.verification import show_verification


def finish(
    change: Change, verification: Verification, outputs: Outputs, *, changed_data: bool = False
) -> State[Any]:
    """Record a verified change, or that there was nothing to change, and say so.

    `changed_data` says that something was changed although the release is the same.
    """
    release, name = change.release, change.environment.name
    same = not (change.changes_anything or changed_data) and change.current == release
    event = Event.UNCHANGED if same else Event.SUCCEEDED
    record = record_outcome(change, event, verification=verification)
    inform(change, event)
    ending = (
        f"{name} runs commit {release.commit[:12]} in {release.tasks} on {outputs.api_url} "
        f"(record {record.number} of its log).{_besides(change)}{verification.to_know}"
    )
    if same:
        return unchanged(f"Nothing to change: {ending}")
    return succeeded(f"Done and verified: {ending}")


def finish_mended(change: Change, verification: Verification) -> State[Any]:
    """Record that all is well around a release that another change left serving, and say what is left to do.

    What that change does after its verification, such as moving a branch, is its own.
    """
    record = record_mended(change, verification)
    inform(change, Event.SUCCEEDED)
    return succeeded(
        f"What was missing in {change.environment.name} is there (record {record.number} of its log). "
        f"Commit {change.release.commit[:12]}, which a change left serving, still serves: start that change "
        f"again to have it recorded as good.{verification.to_know}"
    )


def with_branches(
    change: Change, verification: Verification, told: list[Check]
) -> tuple[Change, Verification]:
    """The verified change with what became of the branches in Git.

    What hindered them is told, and is no failure: the service is well.
    """
    complete = Verification(checks=[*verification.checks, *told])
    show_verification(change.environment, complete, return_state=True)
    besides = " ".join(f"In Git, {check.detail}." for check in told if check.passed)
    return change.model_copy(update={"besides": besides}), complete


def _besides(change: Change) -> str:
    """What else is to be told of the change, in sentences with a space before each."""
    seconds = change.serving_after_seconds
    served = f" It served {seconds:.0f} seconds after it was asked for." if seconds is not None else ""
    return f"{served} {change.besides}" if change.besides else served


@contextmanager
def recording_failure(environment: Environment, scenario: Scenario, requester: str) -> Iterator[None]:
    """Record why a run that changes no release failed; the error goes on."""
    try:
        yield
    except DeployError as error:
        record_run(environment, scenario, requester, Event.FAILED, reason=error.problem)
        raise
