"""A child lives as long as its parent process: not shorter, not longer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.neo4j.process import start_child
from systems.waiting import Pace, wait_for

STARTED_BY_A_THREAD = """
import os, sys, threading, time
from pathlib import Path
from sandbox.neo4j.process import start_child
folder = Path(sys.argv[1])
def start():
    child = start_child(["sleep", "60"], env=os.environ, cwd=folder, log=folder / "log")
    print(child.pid, flush=True)
thread = threading.Thread(target=start)
thread.start()
thread.join()
"""
STAYS = STARTED_BY_A_THREAD + "time.sleep(60)\n"
MAIN_THREAD_ENDS = STARTED_BY_A_THREAD + "threading.Thread(target=time.sleep, args=[60]).start()\n"


def gone(process: psutil.Process) -> bool:
    """Whether it has ended; an orphan that nobody waits for yet has too."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("code", [STAYS, MAIN_THREAD_ENDS], ids=["main-stays", "main-ends"])
def test_a_child_outlives_threads_and_not_the_process(code: str, tmp_path: Path) -> None:
    """It lives when the thread that asked for it ends, be it the main one, and ends with the process."""
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert wait_for(lambda: True if gone(child) else None, Pace(0.5, 0.1)) is None
        parent.kill()
    assert wait_for(lambda: True if gone(child) else None, Pace(10, 0.05))


def test_a_program_that_cannot_be_started_is_an_error_and_no_hang(tmp_path: Path) -> None:
    """In the caller's thread, and the next start works."""
    log = tmp_path / "log"
    with pytest.raises(OSError, match="nowhere"):
        start_child(["true"], env=os.environ, cwd=tmp_path / "nowhere", log=log)
    assert start_child(["echo", "said"], env=os.environ, cwd=tmp_path, log=log).wait(10) == 0
    assert log.read_text() == "said\n"
