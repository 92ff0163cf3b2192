"""Finds scheduled checks that stopped looking, and those that look again: each is told of by one run alone.

What is silent is noted in Prefect variables, which only one can create. One look may meet a schedule that is
just being renewed, or a clock that was out as a whole and has not started everything again: silence is told
when a second look, CONFIRMED_AFTER later, finds it too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import VariableCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from models.check import Check, Verdict
from models.heartbeat import heartbeat
from models.names import EnvironmentName, Scenario
from models.notification import in_words
from models.standing import Standing
from tasks.heartbeats import heartbeats, read_planned
from tasks.steps import look

CONFIRMED_AFTER = timedelta(minutes=5)
"""Checks of all environments may look at the same minute; the next quarter of an hour is another look."""


@look("See whether all checks look", "See whether all checks of {environment} look")
def find_silent(environment: EnvironmentName) -> list[Check]:
    """The checks of an environment that do not look, seen twice and told of by nobody: this run tells."""
    with get_client(sync_client=True) as client:
        return [
            check for check in heartbeats(client, environment) if _is_to_be_told(client, check, environment)
        ]


@look("Note that nobody heard of the silence")
def forget_telling(check: str, environment: EnvironmentName) -> None:
    """The next look tells again of a check that does not look."""
    with get_client(sync_client=True) as client:
        _remove(client, told_name(check, environment))


@look("See whether this check had stopped looking")
def end_silence(check: Scenario, environment: EnvironmentName, standing: Standing) -> str | None:
    """What people are to hear of a check that looks again; None where it never stopped, or is about to.

    A schedule that is paused still, for a check that somebody started, is no end of the silence.
    """
    with get_client(sync_client=True) as client:
        planned = read_planned(client, check, environment)
        now = heartbeat(check, environment, standing, planned, datetime.now(UTC))
        if now.verdict is Verdict.INCONCLUSIVE or planned is None or planned.interval is None:
            return None
        known = _remove(client, told_name(check, environment))
        _remove(client, seen_name(check, environment))
    gap = standing.silence_before(planned.interval)
    if gap:
        return f"It looks again, after {in_words(gap.total_seconds())} in which it did not."
    return "It looks again." if known else None


@look("Note that nobody heard of the silence's end")
def remember_silence(check: Scenario, environment: EnvironmentName) -> None:
    """The check's next look tells again that it looks."""
    with get_client(sync_client=True) as client:
        _create(client, told_name(check, environment))


def seen_name(check: str, environment: EnvironmentName) -> str:
    """The variable that says since when a check is seen not to look."""
    return f"silence-of-{check}-of-{environment}"


def told_name(check: str, environment: EnvironmentName) -> str:
    """The variable that says that people are told of it."""
    return f"silence-told-of-{check}-of-{environment}"


def _is_to_be_told(client: SyncPrefectClient, check: Check, environment: EnvironmentName) -> bool:
    seen = seen_name(check.name, environment)
    if check.verdict is not Verdict.INCONCLUSIVE:
        _remove(client, seen)
        return False
    before = client.read_variable_by_name(seen)
    if before is None:
        _create(client, seen)
        return False
    silent_since = datetime.fromisoformat(str(before.value))
    confirmed = datetime.now(UTC) - silent_since >= CONFIRMED_AFTER
    return confirmed and _create(client, told_name(check.name, environment))


def _create(client: SyncPrefectClient, name: str) -> bool:
    """Whether it was this call that created the variable."""
    try:
        client.create_variable(VariableCreate(name=name, value=datetime.now(UTC).isoformat()))
    except ObjectAlreadyExists:
        return False
    return True


def _remove(client: SyncPrefectClient, name: str) -> bool:
    """Whether it was this call that removed the variable."""
    try:
        client.delete_variable_by_name(name)
    except ObjectNotFound:
        return False
    return True
