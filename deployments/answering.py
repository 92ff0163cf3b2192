"""Answers the question of a suspended flow run over Prefect's API, as its form in the UI does."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound

from models.errors import Refused, ServiceUnavailable
from systems.waiting import Pace, wait_for
from tasks.questions import Mark, question_of, read_mark

_VERDICT = Pace(deadline_seconds=300, interval_seconds=1)
"""A worker has to start the run again before it looks at the answer."""


def find_waiting(client: SyncPrefectClient, run: str) -> FlowRun:
    """The suspended run of this name or id. Raises Refused where there is none, or more than one."""
    found = _by_id(client, run) or _by_name(client, run)
    waiting = [item for item in found if item.state and item.state.is_paused()]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        ids = ", ".join(str(item.id) for item in waiting)
        raise Refused(f"{len(waiting)} runs called {run} wait.", next_step=f"Give the id of one: {ids}.")
    raise Refused(
        f"No flow run {run!r} waits for an approval.",
        next_step="See in Prefect's UI which runs are suspended, and give the name or the id of one.",
    )


def _by_id(client: SyncPrefectClient, run: str) -> list[FlowRun]:
    try:
        return [client.read_flow_run(UUID(run))]
    except (ValueError, ObjectNotFound):
        return []


def _by_name(client: SyncPrefectClient, name: str) -> list[FlowRun]:
    paused = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED]))
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name]), state=paused)
    )


def page_of(client: SyncPrefectClient, run: FlowRun) -> str:
    """What the run shows to whoever is to answer, as Markdown."""
    return str(_of_question(client, run, "description") or "")


def asks_for_code(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether the question wants a one-time code, as its own form says.

    Not the environment that the run was started for: a hotfix of production asks about staging first.
    """
    schema = _of_question(client, run, "schema")
    return isinstance(schema, dict) and "code" in schema.get("properties", {})


def _of_question(client: SyncPrefectClient, run: FlowRun, part: str) -> object:
    """One part of the question as Prefect keeps it beside the run; None where it keeps none."""
    key = run.state.state_details.pause_key if run.state else None
    found = client.filter_flow_run_input(
        run.id, key_prefix=f"suspended-{key}-{part}", limit=1, exclude_keys=set()
    )
    return json.loads(found[0].value) if found else None


def answer(client: SyncPrefectClient, run: FlowRun, fields: dict[str, Any]) -> None:
    """Give the answer. Raises Refused, with Prefect's reason, where it is not taken: nothing is changed."""
    reply = client.resume_flow_run(run.id, run_input=fields)
    if reply.status is not SetStateStatus.ACCEPT:
        reason = getattr(reply.details, "reason", None) or "no reason given"
        raise Refused(f"Prefect did not take the answer: {reason}.", next_step="The run waits on as it did.")


def wait_for_verdict(client: SyncPrefectClient, run: FlowRun) -> Mark:
    """What became of the answer to the question that the run, as it is here, asked.

    Raises ServiceUnavailable when no worker looks at it in time.
    """
    mark = wait_for(lambda: read_mark(client, run.id, question_of(run)), _VERDICT)
    if mark is None:
        raise ServiceUnavailable(
            "The answer was given, but no worker has looked at it yet.",
            next_step="See in Prefect's UI whether a worker runs; the answer need not be given again.",
        )
    return mark
