"""Carries what a container writes into its CloudWatch log stream."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from moto.logs.models import LogsBackend, logs_backends

from sandbox.aws.backends import ACCOUNT, LOCK, REGION


@dataclass(frozen=True)
class LogStream:
    """A log stream and its group, by name."""

    group: str
    stream: str


def _logs() -> LogsBackend:
    return logs_backends[ACCOUNT][REGION]


def open_log_stream(group: str, stream: str) -> LogStream | None:
    """Create a stream in a group; None where there is no such group."""
    with LOCK:
        if group not in _logs().groups:
            return None
        _logs().ensure_log_stream(group, stream)
    return LogStream(group, stream)


class LogCarrier:
    """Follows the file that a container writes to; whole lines become log events."""

    def __init__(self, source: Path, target: LogStream) -> None:
        self._source = source
        self._target = target
        self._position = 0

    def carry(self) -> None:
        """Put what was written since the last call; what goes to a group deleted meanwhile is dropped."""
        if self._source.stat().st_size <= self._position:
            return
        with self._source.open("rb") as source:
            source.seek(self._position)
            written = source.read()
        whole = written[: written.rfind(b"\n") + 1]
        self._position += len(whole)
        now = int(time.time() * 1000)
        lines = whole.decode(errors="replace").splitlines()
        events = [{"timestamp": now, "message": line} for line in lines if line]
        with LOCK:
            group = _logs().groups.get(self._target.group)
            if events and group is not None and self._target.stream in group.streams:
                _logs().put_log_events(self._target.group, self._target.stream, events)
