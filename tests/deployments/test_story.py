"""What `credex trigger --wait` tells of a flow run's log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from prefect.client.schemas.objects import Log

from deployments.story import sentence_of, shown


def log(message: str, name: str = "prefect.task_runs") -> Log:
    """A log record as the server gives it."""
    return Log(name=name, level=20, message=message, timestamp=datetime.now(UTC))


def test_what_the_flow_says_is_told_as_it_is() -> None:
    assert (
        sentence_of(log("dev is commit cf0967ce46f1: Change it")) == "dev is commit cf0967ce46f1: Change it"
    )


@pytest.mark.parametrize(
    "message",
    [
        "Finished in state Completed()",
        "Finished in state Cached(type=COMPLETED)",
        "Finished in state Rolled back('the reason', type=FAILED)",
        "Downloading flow code from storage at '/tmp/x'",
        "Beginning flow run 'verify-development' for flow 'verification'",
    ],
)
def test_what_the_names_of_steps_and_states_say_is_not_told_twice(message: str) -> None:
    assert sentence_of(log(message)) is None


def test_the_worker_does_not_speak_of_itself() -> None:
    assert sentence_of(log("Flow run 'x' submitted", name="prefect.flow_runs.worker")) is None


def test_a_step_that_failed_says_why_in_our_words() -> None:
    message = (
        'Finished in state Failed("Task run encountered an exception RolloutFailed: It didn\'t come up.")'
    )
    assert sentence_of(log(message)) == "failed: It didn't come up."


def test_nothing_in_a_log_can_steer_the_terminal() -> None:
    assert sentence_of(log("a subject\x1b[2J that clears")) == "a subject[2J that clears"


@pytest.mark.parametrize("line", ["::add-mask::a", "  ::error::x", "ok\n::stop-commands::y", "a ##[group]b"])
def test_no_line_is_a_command_of_a_ci_system(line: str) -> None:
    """Parts of a log come from commits and containers, and GitHub's runner reads the job's log."""
    told = shown(line)
    assert "##[" not in told
    assert not any(part.lstrip().startswith("::") for part in told.splitlines())
    assert told.replace("\u2060", "") == line
