"""Child processes that end with this process, however it ends. What they run is for others to say."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from queue import SimpleQueue

Child = subprocess.Popen[bytes]


def start_child(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> Child:
    """Start a program that the kernel kills when this process dies; its output is appended to `log`.

    Raises OSError where the program cannot be started.
    """
    started: Future[Child] = Future()
    _starter().put((started, partial(_start, command, env, cwd, log)))
    return started.result()


@cache
def _starter() -> SimpleQueue[tuple[Future[Child], partial[Child]]]:
    """The queue of the one thread that starts children.

    Linux sends the parent-death signal when the *thread* that started the child ends, so it must not be a
    thread that comes and goes. A daemon thread lasts as long as the process, a thread pool's does not.
    """
    requests: SimpleQueue[tuple[Future[Child], partial[Child]]] = SimpleQueue()
    threading.Thread(target=_serve, args=[requests], name="child-starter", daemon=True).start()
    return requests


def _serve(requests: SimpleQueue[tuple[Future[Child], partial[Child]]]) -> None:
    while True:
        started, start = requests.get()
        try:
            started.set_result(start())
        except OSError as error:
            started.set_exception(error)


def _start(command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> Child:
    with log.open("ab") as output:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
        )
