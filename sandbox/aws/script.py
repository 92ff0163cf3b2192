"""A command's steps as one running process group on a machine, with time limit and captured output."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.aws.command_document import Step


class Script:
    """Runs the steps one after the other in `folder`, which is made for it and removed by `close`.

    All steps run even if one fails, unless it says `exits`; the exit code is that of the last that failed.
    """

    def __init__(self, steps: Sequence[Step], folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self.seconds = sum(step.seconds for step in steps)
        folder.mkdir(parents=True, mode=0o700)
        plan = folder / "plan.sh"
        plan.write_text(_plan(steps, folder))
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", "bash", str(plan)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    @property
    def _out(self) -> Path:
        return self._folder / "stdout"

    @property
    def _err(self) -> Path:
        return self._folder / "stderr"

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.poll()

    def output(self, limit: int) -> str:
        """Return the first `limit` characters of the output so far."""
        return _head(self._out, limit)

    def errors(self, limit: int) -> str:
        """Return the first `limit` characters of the error output so far."""
        return _head(self._err, limit)

    def kill(self) -> None:
        """End every process of the command."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Remove the scripts: parameters stand in them, and may be secret."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _head(file: Path, limit: int) -> str:
    with file.open(encoding="utf-8", errors="replace") as text:
        return text.read(limit)


def _plan(steps: Sequence[Step], folder: Path) -> str:
    lines = ["code=0"]
    for number, step in enumerate(steps):
        file = folder / f"step-{number}.sh"
        file.write_text(f"{step.script}\n")
        file.chmod(0o700)
        lines.append(f"({_call(step, file)}) || {'exit' if step.exits else 'code='}$?")
    return "\n".join([*lines, "exit $code", ""])


def _call(step: Step, file: Path) -> str:
    """A script says by its first line what runs it; else it is the shell."""
    program = str(file) if step.script.startswith("#!") else f"bash {shlex.quote(str(file))}"
    exports = "".join(f"export {name}={shlex.quote(value)}; " for name, value in step.variables.items())
    change = f"cd {shlex.quote(step.folder)} && " if step.folder else ""
    return f"{exports}{change}exec {program}"
