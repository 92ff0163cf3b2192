"""The front door: flow runs started, followed and answered over Prefect's API, or by the `credex` command.

Nothing here looks at what a run did to an environment; that is `place`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.settings import temporary_settings

from deployments.runs import follow, prefect, start
from models.environment import Environment
from models.names import Scenario
from models.scenarios import REQUESTS
from sandbox.codes import codes_of
from sandbox.environments import STRANGERS
from sandbox.settings import PROJECT
from systems.environments import load_environment
from systems.waiting import Pace, wait_for
from tests.conftest import RunningSandbox

REQUESTER = "Rutendo Moyo"

_given: set[tuple[str, int]] = set()
"""Which of each approver's codes were given: each is good once."""

END_SECONDS = 1200
"""How long any run may take on a busy machine; most take half a minute on an idle one."""


@contextmanager
def inside(sandbox: RunningSandbox) -> Iterator[None]:
    """Have this process work with the sandbox for a while, as a shell does that sourced its `env`."""
    api_url = sandbox.environment["PREFECT_API_URL"]
    with pytest.MonkeyPatch.context() as patch, temporary_settings({"api.url": api_url}):
        for name in STRANGERS:
            patch.delenv(name, raising=False)
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        yield


@dataclass(frozen=True)
class Ended:
    """How a flow run ended, and the sentences told on its way."""

    run_id: UUID
    state: str
    message: str
    story: str


def begin(scenario: Scenario, environment: str, *, key: str | None = None, **parameters: object) -> UUID:
    """Start a scenario, as its form in the UI does; `key` finds the same run again."""
    kind = REQUESTS[scenario]
    if "requester" in kind.model_fields:
        parameters.setdefault("requester", REQUESTER)
    request = kind.model_validate({"environment": environment, **parameters})
    with prefect() as client:
        return start(client, scenario, request, key or str(uuid4())).id


def finish(run_id: UUID) -> Ended:
    """Follow a run to its end."""
    lines: list[str] = []
    with prefect() as client:
        run = follow(client, run_id, END_SECONDS, lines.append)
    return _ended(run, "\n".join(lines))


def carry_out(scenario: Scenario, environment: str, **parameters: object) -> Ended:
    """Start a scenario and follow it to its end."""
    return finish(begin(scenario, environment, key=None, **parameters))


def _ended(run: FlowRun, story: str) -> Ended:
    assert run.state is not None
    return Ended(run.id, run.state.name or "", run.state.message or "", story)


@dataclass(frozen=True)
class Question:
    """A suspended run's question: when it was put, what it shows, and the process that put it."""

    run_id: UUID
    key: str
    shown: str
    process_id: int
    asked_at: datetime


def wait_for_question(run_id: UUID, after: Question | None = None) -> Question:
    """The question that a run waits for an answer to; another than `after` where that is given."""

    def look() -> Question | None:
        question = question_of(run_id, still_running=True)
        return None if question is None or (after and question.key == after.key) else question

    question = wait_for(look, Pace(END_SECONDS, interval_seconds=0.5))
    assert question is not None, "the run asks nothing"
    return question


def question_of(run_id: UUID, *, still_running: bool = False) -> Question | None:
    """What the run asks now; None while it asks nothing."""
    with prefect() as client:
        run = client.read_flow_run(run_id)
    assert run.state is not None
    ended = still_running and run.state.is_final()
    assert not ended, f"it ended as {run.state.name}: {run.state.message}"
    return _question(run) if run.state.is_paused() else None


def _question(run: FlowRun) -> Question | None:
    """Prefect suspends the run first and writes the question down after that."""
    assert run.state is not None
    key = str(run.state.state_details.pause_key)
    wanted = {"prefix": f"suspended-{key}-description"}
    with prefect() as client:
        found = client.request(
            "POST", "/flow_runs/{id}/input/filter", path_params={"id": run.id}, json=wanted
        ).json()
    if not found:
        return None
    return Question(
        run_id=run.id,
        key=key,
        shown=json.loads(found[0]["value"]),
        process_id=int(run.infrastructure_pid or 0),
        asked_at=run.state.timestamp,
    )


def answer(question: Question, **fields: str) -> dict[str, Any]:
    """Answer as the form in the UI does; gives Prefect's reply, which says whether it took the answer."""
    with prefect() as client:
        reply = client.request(
            "POST", "/flow_runs/{id}/resume", path_params={"id": question.run_id}, json={"run_input": fields}
        )
    content: dict[str, Any] = reply.json()
    return content


def approve(question: Question, approver: str) -> None:
    """Answer with a yes, and with the approver's one-time code where the environment asks for it."""
    with prefect() as client:
        parameters = client.read_flow_run(question.run_id).parameters
    environment = load_environment(parameters["request"]["environment"])
    coded = {"code": fresh_code(environment, approver)} if environment.approval.approvers else {}
    reply = answer(question, decision="approve", approver=approver, **coded)
    assert reply["status"] == "ACCEPT", reply


def fresh_code(environment: Environment, approver: str) -> str:
    """A code that is good now and was given nowhere in this session; waits for the next one where it must."""

    def look() -> tuple[int, str] | None:
        codes = codes_of(environment, approver, datetime.now(UTC))
        return next(
            ((counter, code) for counter, code in codes.items() if (approver, counter) not in _given), None
        )

    found = wait_for(look, Pace(60, interval_seconds=1))
    assert found is not None, "no code comes"
    _given.add((approver, found[0]))
    return found[1]


def slots_taken(limit: str) -> int:
    """How many runs hold the concurrency limit of this name now."""
    with prefect() as client:
        return client.read_global_concurrency_limit_by_name(limit).active_slots


def artifact(run_id: object, key: str) -> str:
    """The Markdown that a run put on its page under this key, the newest of it."""
    wanted = {"artifacts": {"flow_run_id": {"any_": [str(run_id)]}, "key": {"any_": [key]}}}
    with prefect() as client:
        found = client.request("POST", "/artifacts/filter", json={**wanted, "sort": "CREATED_DESC"}).json()
    assert found, f"the run has no artifact {key}"
    return str(found[0]["data"])


@dataclass(frozen=True)
class Printed:
    """What a command ended with."""

    exit_code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, str]:
        """The JSON object that it printed."""
        assert self.out, self.err
        content: dict[str, str] = json.loads(self.out)
        return content


def credex(sandbox: RunningSandbox, *arguments: str, typed: str = "") -> Printed:
    """Run the `credex` command as a person or a CI system does; `typed` is what it may read."""
    command = [str(Path(sys.executable).with_name("credex")), *arguments]
    done = subprocess.run(
        command,
        env=sandbox.environment,
        cwd=PROJECT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
        check=False,
    )
    return Printed(done.returncode, done.stdout, done.stderr)


def trigger(sandbox: RunningSandbox, scenario: Scenario, environment: str, **parameters: str) -> Printed:
    """`credex trigger` to the end of the run, with its answer as JSON."""
    pairs = [part for key, value in parameters.items() for part in ("-p", f"{key}={value}")]
    return credex(sandbox, "trigger", scenario.value, "--env", environment, "--wait", "--json", *pairs)
