"""Runs the commands that were sent through Systems Manager, for real, on the machines they name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.ssm.models import Command

from models.errors import SetUpError
from sandbox.aws.backends import LOCK, ssm
from sandbox.aws.command_document import CommandDocument
from sandbox.aws.commands import (
    CANCELLED,
    CANCELLING,
    FAILED,
    IN_PROGRESS,
    LONGEST_ERROR,
    LONGEST_OUTPUT,
    PENDING,
    SUCCESS,
    TIMED_OUT,
    UNFINISHED,
    document_of,
    set_status,
    sum_up,
)
from sandbox.aws.hosts import VERSION_TAG, Host, Hosts
from sandbox.aws.script import Script


@dataclass(frozen=True)
class _Run:
    command: Command
    invocation: dict[str, Any]
    script: Script
    started: float


class CommandRunner:
    """Starts pending invocations, watches running ones, and writes down how they ended.

    `aws` gives the variables that point a command to the local AWS.
    """

    name = "commands"

    def __init__(
        self,
        hosts: Hosts,
        aws: Callable[[], Mapping[str, str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = hosts
        self._aws = aws
        self._clock = clock
        self._runs: list[_Run] = []

    def step(self) -> None:
        """Take every command one step on."""
        with LOCK:
            commands = [each for each in ssm()._commands if each.status in UNFINISHED]
            pending = [(each, inv) for each in commands for inv in each.invocations if _is_new(inv)]
        for command, invocation in pending:
            self._start(command, invocation)
        self._runs = [run for run in self._runs if not self._ended(run)]
        with LOCK:
            for command in commands:
                sum_up(command)

    def close(self) -> None:
        """Kill what runs."""
        for run in self._runs:
            run.script.kill()
            run.script.close()

    def _start(self, command: Command, invocation: dict[str, Any]) -> None:
        host = self._hosts.get(invocation["InstanceId"])
        document = document_of(ssm(), str(command.document_name))
        if invocation["Status"] == CANCELLING:
            _finish(invocation, CANCELLED, -1)
        elif host is None or not host.is_running or document is None:
            _finish(invocation, FAILED, -1)
            invocation["StatusDetails"] = "Undeliverable"
        else:
            self._try(command, invocation, host, document)

    def _try(
        self, command: Command, invocation: dict[str, Any], host: Host, document: CommandDocument
    ) -> None:
        """Run it; a machine on which nothing can be started ends this command, not the others."""
        try:
            self._runs.append(self._run(command, invocation, host, document))
        except (SetUpError, OSError) as error:
            invocation["StandardErrorContent"] = str(error)[:LONGEST_ERROR]
            _finish(invocation, FAILED, -1)

    def _run(
        self, command: Command, invocation: dict[str, Any], host: Host, document: CommandDocument
    ) -> _Run:
        host.machine.prepare(host.tags.get(VERSION_TAG) if host.is_database else None)
        folder = host.machine.folder / "commands" / str(command.command_id)
        environment = host.machine.environment(host.data, self._aws())
        script = Script(document.render(command.parameters), folder, environment)
        with LOCK:
            invocation["ExecutionStartDateTime"] = utcnow().isoformat()
            if invocation["Status"] == PENDING:
                set_status(invocation, IN_PROGRESS)
        return _Run(command, invocation, script, self._clock())

    def _ended(self, run: _Run) -> bool:
        """Write down the end of a run that has ended, or has to: in time, cancelled, or with its machine."""
        code = run.script.poll()
        elapsed = self._clock() - run.started
        if code is not None:
            self._close(run, SUCCESS if code == 0 else FAILED, code)
        elif run.invocation["Status"] == CANCELLING:
            self._close(run, CANCELLED, -1)
        elif elapsed > run.script.seconds:
            self._close(run, TIMED_OUT, -1)
        elif not self._is_up(run.invocation["InstanceId"]):
            self._close(run, FAILED, -1)
        else:
            return False
        return True

    def _is_up(self, instance_id: str) -> bool:
        host = self._hosts.get(instance_id)
        return host is not None and host.is_running

    def _close(self, run: _Run, status: str, code: int) -> None:
        run.script.kill()
        with LOCK:
            run.invocation["StandardOutputContent"] = run.script.output(LONGEST_OUTPUT)
            run.invocation["StandardErrorContent"] = run.script.errors(LONGEST_ERROR)
            run.invocation["ExecutionElapsedTime"] = f"PT{self._clock() - run.started:.3f}S"
            _finish(run.invocation, status, code)
        run.script.close()


def _is_new(invocation: dict[str, Any]) -> bool:
    """Tell whether it was never started: cancelled before that, too."""
    return invocation["Status"] in {PENDING, CANCELLING} and not invocation["ExecutionStartDateTime"]


def _finish(invocation: dict[str, Any], status: str, code: int) -> None:
    with LOCK:
        invocation["ResponseCode"] = code
        invocation["ExecutionEndDateTime"] = utcnow().isoformat()
        invocation["ExecutionStartDateTime"] = (
            invocation["ExecutionStartDateTime"] or invocation["ExecutionEndDateTime"]
        )
        set_status(invocation, status)
