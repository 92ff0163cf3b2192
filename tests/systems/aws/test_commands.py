"""A command's end is awaited, its failure explained, its silence cut off; SSM is played at the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from models.command import CommandFailed
from models.errors import Refused, ServiceUnavailable
from systems.aws.commands import run_command
from systems.aws.session import Aws
from tests.systems.ticking import Clock

INSTANCE = "i-0123456789abcdef0"
COMMAND = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def wire(aws: Aws) -> Iterator[Stubber]:
    with Stubber(aws.ssm) as wire:
        yield wire
        wire.assert_no_pending_responses()


def _accept(wire: Stubber) -> None:
    wire.add_response(
        "send_command",
        {"Command": {"CommandId": COMMAND}},
        {"InstanceIds": [INSTANCE], "DocumentName": "back-up", "Parameters": {"Database": ["ledger"]}},
    )


def _answer(wire: Stubber, status: str, code: int = -1, stdout: str = "", stderr: str = "") -> None:
    wire.add_response(
        "get_command_invocation",
        {
            "CommandId": COMMAND,
            "DocumentName": "back-up",
            "Status": status,
            "ResponseCode": code,
            "StandardOutputContent": stdout,
            "StandardErrorContent": stderr,
        },
    )


def test_a_commands_output_comes_back_after_its_end(aws: Aws, wire: Stubber) -> None:
    """SSM does not know the command at first; each status is told once."""
    _accept(wire)
    wire.add_client_error("get_command_invocation", "InvocationDoesNotExist")
    _answer(wire, "Pending")
    _answer(wire, "InProgress")
    _answer(wire, "InProgress")
    _answer(wire, "Success", 0, stdout="done")
    told: list[str] = []
    result = run_command(
        aws, INSTANCE, "back-up", {"Database": ["ledger"]}, pace=Clock().pace(60), on_progress=told.append
    )
    assert (result.exit_code, result.stdout) == (0, "done")
    assert [sentence.rsplit(" ", 1)[1] for sentence in told] == ["Pending", "InProgress", "Success"]


def test_a_failed_command_tells_the_end_of_what_it_wrote(aws: Aws, wire: Stubber) -> None:
    _accept(wire)
    _answer(wire, "Failed", 3, stderr="x" * 5000 + "the disk is full\n")
    with pytest.raises(CommandFailed) as caught:
        run_command(
            aws, INSTANCE, "back-up", {"Database": ["ledger"]}, pace=Clock().pace(60), on_progress=print
        )
    assert "ended as Failed with exit code 3" in caught.value.problem
    assert caught.value.problem.endswith("the disk is full")
    assert len(caught.value.problem) < 1000
    assert COMMAND in caught.value.next_step


def test_a_command_that_does_not_end_is_cancelled_at_the_deadline(aws: Aws, wire: Stubber) -> None:
    _accept(wire)
    for _ in range(4):
        _answer(wire, "InProgress")
    wire.add_response("cancel_command", {}, {"CommandId": COMMAND, "InstanceIds": [INSTANCE]})
    with pytest.raises(CommandFailed, match="did not end within 6 s"):
        run_command(
            aws, INSTANCE, "back-up", {"Database": ["ledger"]}, pace=Clock().pace(6), on_progress=print
        )


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("InvalidDocument", Refused, "no SSM document back-up"),
        ("InvalidInstanceId", ServiceUnavailable, f"{INSTANCE} does not take commands"),
    ],
)
def test_what_cannot_be_sent_says_why(
    aws: Aws, wire: Stubber, code: str, kind: type[Exception], words: str
) -> None:
    wire.add_client_error("send_command", code)
    with pytest.raises(kind, match=words):
        run_command(aws, INSTANCE, "back-up", {}, pace=Clock().pace(6), on_progress=print)
