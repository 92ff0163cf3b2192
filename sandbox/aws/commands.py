"""Systems Manager's commands in moto's state: their documents, and the states they go through."""

from __future__ import annotations

from typing import Any

from moto.ssm.models import Command, SimpleSystemManagerBackend

from sandbox.aws.command_document import RUN_SHELL_SCRIPT, CommandDocument, aws_run_shell_script, parse

PENDING = "Pending"
IN_PROGRESS = "InProgress"
CANCELLING = "Cancelling"
SUCCESS = "Success"
FAILED = "Failed"
TIMED_OUT = "TimedOut"
CANCELLED = "Cancelled"

UNFINISHED = (PENDING, IN_PROGRESS, CANCELLING)

LONGEST_OUTPUT = 24_000
"""Characters of output that GetCommandInvocation shows."""

LONGEST_ERROR = 8_000
"""Characters of error output that GetCommandInvocation shows."""

_DETAILS = {TIMED_OUT: "Execution Timed Out"}


def document_of(backend: SimpleSystemManagerBackend, name: str) -> CommandDocument | None:
    """Find the default version of a document by name or ARN; None when there is none.

    Raises:
        UnsupportedDocumentError: the sandbox cannot run such a document.

    """
    if name == RUN_SHELL_SCRIPT:
        return aws_run_shell_script()
    versions = backend._documents.get(name.rsplit("document/", maxsplit=1)[-1])
    if versions is None:
        return None
    document = versions.get_default_version()
    return parse(document.content, document.document_format)


def set_status(invocation: dict[str, Any], status: str) -> None:
    """Give an invocation its status, and the wording of its details."""
    invocation["Status"] = status
    invocation["StatusDetails"] = _DETAILS.get(status, status)


def mark_cancelling(invocation: dict[str, Any]) -> None:
    """Ask for the end of an invocation."""
    set_status(invocation, CANCELLING)


def sum_up(command: Command) -> None:
    """Derive the command's own status and counts from its invocations."""
    states = [invocation["Status"] for invocation in command.invocations]
    command.completed_count = sum(state not in UNFINISHED for state in states)
    command.error_count = sum(state in {FAILED, TIMED_OUT} for state in states)
    command.status = command.status_details = _overall(states)


def _overall(states: list[str]) -> str:
    for state in (CANCELLING, IN_PROGRESS):
        if state in states:
            return state
    if PENDING in states:
        return PENDING if set(states) == {PENDING} else IN_PROGRESS
    for state in (FAILED, TIMED_OUT, CANCELLED):
        if state in states:
            return state
    return SUCCESS
