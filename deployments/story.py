"""What of a flow run's log a person at a terminal wants to read."""

from __future__ import annotations

import re

from prefect.client.schemas.objects import Log

_WORKER = "prefect.flow_runs.worker"
_SAID_OTHERWISE = ("Finished in state", "Downloading flow code from storage", "Beginning flow run")
"""Prefect's own words for what the names of the steps and the states of the run say already."""

_STEP_FAILED = re.compile(
    r"""Finished in state Failed\(["']Task run encountered an exception (?:\w+: )?(.*?)["']\)""", re.DOTALL
)

_COMMAND_OF_CI = re.compile(r"^\s*::|##\[", re.MULTILINE)
_WORD_JOINER = "\u2060"


def sentence_of(log: Log) -> str | None:
    """The line to tell, without what could steer a terminal; None for what is told otherwise.

    Parts of a log come from commits and containers.
    """
    failed = _STEP_FAILED.fullmatch(log.message)
    if failed:
        return _printable(f"failed: {failed[1]}")
    if log.name == _WORKER or log.message.startswith(_SAID_OTHERWISE):
        return None
    return _printable(log.message)


def shown(text: str) -> str:
    """Text that neither a terminal nor a CI system takes for a command.

    GitHub's runner obeys lines of a job's log that begin with `::`, and whatever follows `##[`.
    """
    return _COMMAND_OF_CI.sub(lambda found: found[0][:-1] + _WORD_JOINER + found[0][-1], _printable(text))


def _printable(message: str) -> str:
    return "".join(char for char in message if char.isprintable() or char == "\n")
