"""Keeps known secrets out of Prefect's logs, tracebacks included."""

from __future__ import annotations

import logging
import traceback

from prefect.exceptions import FailedRun

from systems.redaction import scrub

_LOGGERS = ("", "prefect", "prefect.flow_runs", "prefect.task_runs", "prefect.extra")


class _Scrub(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is FailedRun:
            return False  # a run that ended in words: its final state says them
        record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = scrub("".join(traceback.format_exception(*record.exc_info)))
            record.exc_info = None
        return True


def scrub_logs() -> None:
    """Have every handler of this process strike known secrets out. Calling it again changes nothing."""
    for name in _LOGGERS:
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(existing, _Scrub) for existing in handler.filters):
                handler.addFilter(_Scrub())
