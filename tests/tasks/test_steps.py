"""What every step has in common: results are kept, passing faults tried again, and no secret leaves it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect import Task, flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from models.errors import Refused, ServiceUnavailable
from systems.redaction import remember_secrets
from tasks import steps
from tasks.logs import scrub_logs
from tasks.steps import look, step

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]

SECRET = "hunter2-and-a-half"

Attempt = Callable[[str, str], None]
Kind = Callable[[str], Callable[[Attempt], Task[[str, str], None]]]


@step("Count the apples", "Count the apples of {basket}")
def count_apples(basket: str) -> str:
    """One of two steps that differ in nothing but their name."""
    return f"apples of {basket}"


@step("Count the pears", "Count the pears of {basket}")
def count_pears(basket: str) -> str:
    """The other one."""
    return f"pears of {basket}"


def test_two_steps_with_equal_inputs_never_share_a_result() -> None:
    """Each has its own, although Prefect's INPUTS policy knows no step's name."""

    @flow
    def shopping() -> tuple[str, str]:
        return count_apples("monday"), count_pears("monday")

    assert shopping() == ("apples of monday", "pears of monday")


def test_a_step_runs_once_in_its_run_and_a_look_each_time(tmp_path: Path) -> None:
    """The second call with equal inputs gives the kept result; a look looks again."""
    steps_done, looks_done = tmp_path / "steps", tmp_path / "looks"

    @step("Change something")
    def change(path: str) -> int:
        return _called(Path(path))

    @look("See how it is")
    def see(path: str) -> int:
        return _called(Path(path))

    @flow
    def twice() -> list[int]:
        return [change(str(steps_done)), change(str(steps_done)), see(str(looks_done)), see(str(looks_done))]

    assert twice() == [1, 1, 1, 2]
    assert twice() == [2, 2, 3, 4]  # another flow run keeps results of its own


def _called(path: Path) -> int:
    """How often this was called with this file."""
    with path.open("a") as file:
        file.write(".")
    return len(path.read_text())


@pytest.mark.parametrize("kind", [step, look])
def test_only_a_service_that_was_not_available_is_tried_again(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is final, and so is whatever nobody expected."""
    monkeypatch.setattr(steps, "RETRY_DELAYS_SECONDS", [0.0, 0.0, 0.0])
    faults = {
        "passing": ServiceUnavailable("It does not answer.", next_step="Wait."),
        "refusal": Refused("It is forbidden.", next_step="Ask."),
        "unexpected": ValueError("nobody expected this"),
    }

    @kind("Try something")
    def attempt(name: str, folder: str) -> None:
        _called(Path(folder) / name)
        raise faults[name]

    @flow
    def trying() -> None:
        for name in faults:
            attempt(name, str(tmp_path), return_state=True)

    trying()
    assert {name: len((tmp_path / name).read_text()) for name in faults} == {
        "passing": 4,
        "refusal": 1,
        "unexpected": 1,
    }


@step("Fail with a secret")
def fail_with_secret() -> None:
    """As a library does that quotes the request it made."""
    remember_secrets([SECRET])
    raise ValueError(f"401 for https://user:{SECRET}@example.org")


@step("Log a secret")
def log_secret() -> None:
    """By message, by argument, and by a traceback whose cause holds it."""
    remember_secrets([SECRET])
    logger = get_run_logger()
    logger.info("password is %s", SECRET)
    logger.info("password is " + SECRET)
    try:
        os.environ[SECRET]
    except KeyError:
        logger.exception("that went wrong")


@pytest.mark.parametrize("careless", [fail_with_secret, log_secret])
def test_no_known_secret_leaves_a_step(
    careless: Callable[..., Any], prefect_api: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not by the exception, its state, its kept result, a log line or a traceback."""

    @flow
    def run() -> None:
        scrub_logs()
        careless(return_state=True)
        get_run_logger().info("the end")

    state: State[Any] = run(return_state=True)
    run_id = state.state_details.flow_run_id
    told = _everything_told(str(run_id))
    assert "the end" in told
    assert "***" in told + _everything_kept(tmp_path)
    printed = capfd.readouterr()
    for place in (told, _everything_kept(tmp_path), printed.out, printed.err):
        assert SECRET not in place


def _everything_told(run_id: str) -> str:
    """Logs, task runs and states of a flow run, once its last line has reached the server."""
    wanted = {"flow_runs": {"id": {"any_": [run_id]}}}
    logging.getLogger("prefect.flow_runs").handlers[0].flush()
    with get_client(sync_client=True) as client:
        answers = [
            client.request("POST", "/task_runs/filter", json=wanted),
            client.request("POST", "/flow_runs/filter", json=wanted),
            client.request("POST", "/logs/filter", json={"logs": {"flow_run_id": {"any_": [run_id]}}}),
        ]
    return "\n".join(answer.text for answer in answers)


def _everything_kept(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def test_an_error_without_secrets_leaves_a_step_as_it_is() -> None:
    """Its type says how the run ends, and its next step what people do."""

    @step("Refuse")
    def refuse() -> None:
        raise Refused("It is forbidden.", next_step="Ask.")

    @flow
    def refusing() -> None:
        refuse()

    with pytest.raises(Refused) as caught:
        refusing()
    assert (caught.value.problem, caught.value.next_step) == ("It is forbidden.", "Ask.")


def test_the_server_that_these_tests_use_is_a_real_one(prefect_api: str) -> None:
    """Kept results and logs mean nothing without one."""
    with get_client(sync_client=True) as client:
        assert str(client.api_url).rstrip("/") == prefect_api
