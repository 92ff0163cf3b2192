"""Finds the processes behind tasks."""

from __future__ import annotations

from typing import Any

import psutil


def process_of(task: dict[str, Any]) -> psutil.Process:
    """Find the process of a task among this process's children."""
    task_id = task["taskArn"].rsplit("/", 1)[-1]
    return next(process for process in task_processes() if process.environ().get("TASK_ID") == task_id)


def task_processes() -> list[psutil.Process]:
    """List the processes of all tasks started from here, and not by a sandbox that was started from here."""
    return [child for child in psutil.Process().children() if "sandbox.application" in child.cmdline()]
