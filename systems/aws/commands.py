"""SSM Run Command: runs a document on one instance and waits for its end.

Sending and awaiting are apart, so that a run that was killed in between can keep the command's id and go on
waiting instead of running it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from models.command import CommandFailed, CommandResult
from models.errors import Refused, ServiceUnavailable
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws
from systems.redaction import scrub
from systems.waiting import Pace, each_once, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import GetCommandInvocationResultTypeDef as Invocation

_GOING_ON = {"Pending", "InProgress", "Delayed", "Cancelling"}
_TAIL = 800
"""Characters of what went wrong that fit a message: the end says why."""


def run_command(
    aws: Aws,
    instance_id: str,
    document: str,
    parameters: Mapping[str, Sequence[str]],
    *,
    pace: Pace,
    on_progress: Callable[[str], None],
) -> CommandResult:
    """Run a document on an instance and wait for its end.

    Raises CommandFailed when it fails or takes too long, Refused for an unknown document, ServiceUnavailable
    when the instance does not take commands.
    """
    command_id = send_command(aws, instance_id, document, parameters)
    return await_command(aws, instance_id, command_id, pace=pace, on_progress=on_progress)


@aws_errors()
def send_command(aws: Aws, instance_id: str, document: str, parameters: Mapping[str, Sequence[str]]) -> str:
    """Start a document on an instance and give the command's id.

    Raises Refused for an unknown document, ServiceUnavailable when the instance does not take commands.
    """
    try:
        sent = aws.ssm.send_command(
            InstanceIds=[instance_id],
            DocumentName=document,
            Parameters={name: list(values) for name, values in parameters.items()},
        )
    except ClientError as error:
        if error_code(error) == "InvalidDocument":
            raise Refused(
                f"There is no SSM document {document}.",
                next_step="Apply the Terraform configuration that makes it.",
            ) from error
        if error_code(error) == "InvalidInstanceId":
            raise ServiceUnavailable(
                f"The instance {instance_id} does not take commands from SSM.",
                next_step="Check that it runs, and that its SSM agent has been online for a minute.",
            ) from error
        raise
    return sent["Command"]["CommandId"]


@aws_errors()
def await_command(
    aws: Aws, instance_id: str, command_id: str, *, pace: Pace, on_progress: Callable[[str], None]
) -> CommandResult:
    """Wait for a command's end; it is cancelled when the deadline passes.

    Raises CommandFailed, with the end of what it wrote, when it fails or takes too long.
    """
    tell = each_once(on_progress)

    def look() -> Invocation | None:
        invocation = _invocation(aws, instance_id, command_id)
        status = invocation["Status"] if invocation else "Pending"
        tell(f"The command {command_id} on {instance_id}: {status}")
        return None if status in _GOING_ON else invocation

    invocation = wait_for(look, pace)
    if invocation is None:
        aws.ssm.cancel_command(CommandId=command_id, InstanceIds=[instance_id])
        raise CommandFailed(
            f"The command {command_id} on {instance_id} did not end within {pace.deadline_seconds:.0f} s.",
            next_step="It was cancelled; look at the instance before running it again.",
        )
    return _result(instance_id, command_id, invocation)


def _invocation(aws: Aws, instance_id: str, command_id: str) -> Invocation | None:
    """What SSM knows of the command; None in the moment before it knows anything."""
    try:
        return aws.ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
    except aws.ssm.exceptions.InvocationDoesNotExist:
        return None


def _result(instance_id: str, command_id: str, invocation: Invocation) -> CommandResult:
    stdout = invocation.get("StandardOutputContent", "")
    stderr = invocation.get("StandardErrorContent", "")
    exit_code = invocation.get("ResponseCode", -1)
    if invocation["Status"] != "Success":
        tail = scrub((stderr or stdout).strip())[-_TAIL:] or "it wrote nothing"
        raise CommandFailed(
            f"The command {invocation['DocumentName']} on {instance_id} ended as {invocation['Status']} "
            f"with exit code {exit_code}: {tail}",
            next_step=f"Look at it in SSM Run Command, {command_id}.",
            exit_code=exit_code,
            words=tail,
        )
    return CommandResult(
        command_id=command_id, instance_id=instance_id, exit_code=exit_code, stdout=stdout, stderr=stderr
    )
