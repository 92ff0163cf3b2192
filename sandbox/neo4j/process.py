"""Child processes that end with this process, however it ends. What they run is for others to say."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="child-starter")
"""Linux sends the parent-death signal when the *thread* that started the child ends: all children are started
by this one, which lives as long as the process does."""


def start_child(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a program that the kernel kills when this process dies; its output is appended to `log`."""
    return _STARTER.submit(_start, command, env, cwd, log).result()


def _start(command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
        )
