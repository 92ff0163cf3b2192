"""The process between a run and a program of its: it passes on exactly one interrupt. Run as a script only.

Terraform's apply outlives its run: an interrupt cancels the requests that are on their way, and what AWS
makes of them is then in no state. Whatever only looks ends with its run.

Three facts make it needed. Terraform ends gracefully and releases its lock at the first interrupt, but gives
up at once at the second, so that a cancelled run which is killed a moment later would leave a broken state
behind. A child that the kernel is to interrupt when its parent dies must ask for that itself, and doing so
between fork and exec is unsafe in a process with threads, as Prefect's are; this process has one thread. And
that wish is bound to the parent's *thread*: whoever starts the guardian waits for it in the same thread.

    python -I guardian.py PARENT_PID REPORT_FD outlives|ends COMMAND...

Writes the program's process id to the descriptor REPORT_FD and ends with its exit code, or with
128 + the signal that ended it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

OUTLIVES, ENDS = "outlives", "ends"

_PR_SET_PDEATHSIG = 1
_INTERRUPTED = 130
_AWAITED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
"""Blocked and waited for: a handler in Python would miss one that comes just before the wait begins."""


def main(parent: int, report: int, command: list[str], *, outlives: bool) -> int:
    """Run the command until it ends; see the module for what happens meanwhile."""
    for number in _AWAITED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    if not outlives:
        _die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        return _INTERRUPTED
    child = subprocess.Popen(command, preexec_fn=_prepare)  # noqa: PLW1509 (this process has one thread)
    os.write(report, f"{child.pid}\n".encode())
    os.close(report)
    interrupted = False
    while (code := child.poll()) is None:
        if signal.sigwait(_AWAITED) != signal.SIGCHLD and not interrupted:
            child.send_signal(signal.SIGINT)
            interrupted = True
    return code if code >= 0 else 128 - code


def _prepare() -> None:
    """A worker started in a shell's background has SIGINT ignored, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    _die_with_parent(signal.SIGINT)


def _die_with_parent(number: signal.Signals) -> None:
    """Ask the kernel for a signal when the parent dies. Linux alone can do so; elsewhere nothing is asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:], outlives=sys.argv[3] == OUTLIVES))
