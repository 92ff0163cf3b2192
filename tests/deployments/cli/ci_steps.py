"""Runs the shell steps of our composite actions as GitHub's runner does: the same shell, the same variables.

The steps are taken from the actions' own files. Of GitHub's expressions only `inputs.NAME` is known here, and
`github.NAME` as an input's default: the steps' environments may hold no other, and their scripts none at all.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[3]
ACTIONS = PROJECT / "actions"
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
_CONTEXT = re.compile(r"\$\{\{ github\.(\w+) \}\}")
_GITHUB = {"actor": "dependabot[bot]", "triggering_actor": "whoever-runs-it-again", "sha": "c" * 40}
"""What GitHub tells a job that somebody else runs again than pushed."""


class Job:
    """One job on one runner: what its steps share, and what GitHub would show of it."""

    def __init__(self, action: str, folder: Path, inputs: dict[str, str], run_id: str = "1") -> None:
        self._run_id = run_id
        self._action = ACTIONS / action
        self.described: dict[str, Any] = YAML(typ="safe").load(self._action / "action.yml")
        defaults = {name: given.get("default", "") for name, given in self.described["inputs"].items()}
        self._inputs = {
            name: _CONTEXT.sub(lambda found: _GITHUB[found[1]], default) for name, default in defaults.items()
        } | inputs
        self._folder = folder
        for name in ("temp", "work"):
            (folder / name).mkdir(parents=True)

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self._folder / "temp"

    @property
    def work(self) -> Path:
        """The folder that the steps run in."""
        return self._folder / "work"

    @property
    def summary(self) -> str:
        """The job's summary, Markdown."""
        return self._read("summary.md")

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of all steps."""
        return dict(line.split("=", 1) for line in self._read("outputs").splitlines())

    def _read(self, name: str) -> str:
        file = self._folder / name
        return file.read_text() if file.exists() else ""

    def start(self, step: str) -> subprocess.Popen[str]:
        """Start the step of this name; its two outputs are one, as in a job's log.

        It may be interrupted even where the tests themselves run in a shell's background, which ignores that.
        """
        found = next(item for item in self.described["runs"]["steps"] if item["name"] == step)
        script = self._folder / "step.sh"
        script.write_text(found["run"])
        return subprocess.Popen(
            ["env", "--default-signal=INT", "bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.work,
            env=os.environ | self._variables() | self._environment(found.get("env", {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @staticmethod
    def read_until(process: subprocess.Popen[str], text: str) -> str:
        """What the step has written, up to the line with this text in it."""
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or (lines[-1] and text not in lines[-1]):
            lines.append(process.stdout.readline())
        assert lines[-1], f"it never said {text!r}: {lines}"
        return "".join(lines)

    def run(self, step: str) -> tuple[int, str]:
        """The step's exit code and what it wrote to the job's log."""
        with self.start(step) as process:
            log, _ = process.communicate(timeout=240)
        return process.returncode, log

    def _variables(self) -> dict[str, str]:
        return {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(self._action),
            "GITHUB_STEP_SUMMARY": str(self._folder / "summary.md"),
            "GITHUB_OUTPUT": str(self._folder / "outputs"),
            "GITHUB_REPOSITORY": "credex/credex-core",
            "GITHUB_RUN_ID": self._run_id,
        }

    def _environment(self, written: dict[str, str]) -> dict[str, str]:
        return {name: self._inputs[_INPUT.fullmatch(value)[1]] for name, value in written.items()}  # type: ignore[index]
