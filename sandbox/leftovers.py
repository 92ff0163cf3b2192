"""Finds and ends every process of one start of a sandbox, however far removed from its supervisor.

A flow run's process and its Terraform are grandchildren that outlive a killed worker; each start's mark in
the environment tells them apart from everything else on the machine, other sandboxes included.
"""

from __future__ import annotations

import os
import time

import psutil

MARK = "CREDEX_SANDBOX_START"
"""The variable that tells the start; set by the guardian for what it starts, and by nothing else."""


def find_processes(mark: str) -> list[psutil.Process]:
    """All processes of the start with this mark, except the one that asks."""
    return [process for process in psutil.process_iter() if _belongs(process, mark)]


def _belongs(process: psutil.Process, mark: str) -> bool:
    if process.pid == os.getpid():
        return False
    try:
        return process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False


def end_processes(mark: str, *, within: float = 10) -> None:
    """Kill all processes of the start until none is found; gives up after `within` seconds."""
    deadline = time.monotonic() + within
    while (found := find_processes(mark)) and time.monotonic() < deadline:
        for process in found:
            _kill(process)
        psutil.wait_procs(found, timeout=1)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
