"""The sandbox's outermost process: starts the supervisor, and clears up after it however it ends.

Holds nothing that can fail: all it does is wait. Should it be killed itself, the kernel sends the supervisor
a SIGTERM, and that clears up.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from types import FrameType

from sandbox.leftovers import MARK, end_processes

STOP_SECONDS = 25
"""How long the supervisor may take to stop its parts in order, before all are killed."""


def main(settings: Path) -> int:
    """Run a supervisor with the settings in this file to its end; returns its exit code."""
    mark = uuid.uuid4().hex
    supervisor = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "sandbox.supervisor", str(settings)],
        env=os.environ | {MARK: mark},
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        supervisor.terminate()
        signal.signal(signal.SIGALRM, lambda *_: supervisor.kill())
        signal.alarm(STOP_SECONDS)

    # A handler, not "ignore": ignored signals stay ignored in all children, and a Prefect worker that
    # ignores SIGINT does not stop on SIGTERM.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    code = supervisor.wait()
    end_processes(mark)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
