"""The question that a suspended flow run asks, as Prefect keeps it: its keys, its answer, what became of it.

An answer may hold a one-time code, which whoever may read Prefect's API can read: it is removed as soon as it
was looked at. A mark stays in its place, so that a run which goes on after a crash knows that it was there.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, FlowRunInput
from prefect.input.run_input import keyset_from_base_key
from prefect.runtime import flow_run
from pydantic import BaseModel, ConfigDict


class Became(StrEnum):
    """What became of an answer."""

    APPROVED = "approved"
    ASKED_AGAIN = "asked again"
    REJECTED = "rejected"


class Mark(BaseModel):
    """Stands where an answer was, for whoever gave it. Nothing is decided by it."""

    model_config = ConfigDict(frozen=True)

    became: Became
    told: str = ""


class Given(BaseModel):
    """An answer as it was given; the time is that of Prefect's server."""

    model_config = ConfigDict(frozen=True)

    fields: dict[str, Any]
    given_at: datetime


def key_of(question: str, attempt: int) -> str:
    """Prefect's pause key: a retry clears those of earlier attempts, so each attempt has its own."""
    return f"{question}-{attempt}"


def question_of(run: FlowRun) -> str:
    """The question that a suspended run asks; empty for one that asks none."""
    key = run.state.state_details.pause_key if run.state else None
    return str(key or "").rpartition("-")[0]


def read_given(question: str) -> Given | None:
    """The answer that this flow run was given, in whichever attempt; None where there is none."""
    with get_client(sync_client=True) as client:
        for key in _response_keys(question):
            found = _read(client, _own_id(), key)
            if found is not None:
                return Given.model_validate({"fields": json.loads(found.value), "given_at": found.created})
    return None


def was_answered(question: str) -> bool:
    """Whether an answer is there, or was looked at before."""
    with get_client(sync_client=True) as client:
        return read_mark(client, _own_id(), question) is not None or read_given(question) is not None


def forget_given(question: str, mark: Mark) -> None:
    """Put the mark in the answer's place. Safe to do again."""
    with get_client(sync_client=True) as client:
        if read_mark(client, _own_id(), question) is None:
            client.create_flow_run_input(_own_id(), _mark_key(question), mark.model_dump_json())
        for key in _response_keys(question):
            if _read(client, _own_id(), key) is not None:
                client.delete_flow_run_input(_own_id(), key)


def read_mark(client: SyncPrefectClient, run_id: UUID, question: str) -> Mark | None:
    """What became of the answer to a run's question; None while it was not looked at."""
    found = _read(client, run_id, _mark_key(question))
    return Mark.model_validate_json(found.value) if found else None


def _read(client: SyncPrefectClient, run_id: UUID, key: str) -> FlowRunInput | None:
    found = client.filter_flow_run_input(run_id, key_prefix=key, limit=1, exclude_keys=set())
    return found[0] if found else None


def _mark_key(question: str) -> str:
    """No key is the beginning of another one: Prefect finds inputs by how their keys begin."""
    return f"answered-{question}-mark"


def _response_keys(question: str) -> list[str]:
    attempts = range(1, flow_run.get_run_count() + 1)
    return [keyset_from_base_key(f"suspended-{key_of(question, nth)}")["response"] for nth in attempts]


def _own_id() -> UUID:
    return UUID(str(flow_run.get_id()))
