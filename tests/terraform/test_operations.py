"""The scripts inside the SSM documents, run as they are on a machine made of stand-in programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terraform.hcl import ROOT

SCRIPTS = ROOT / "modules" / "operations" / "scripts"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with Neo4j's home and data, and a systemctl that says what `state` holds."""
    _program(
        tmp_path / "bin" / "systemctl", 'state=$(cat "$MACHINE/state"); echo "$state"; [ "$state" = active ]'
    )
    _program(tmp_path / "home" / "bin" / "neo4j-admin", "echo 5.26.30")
    (tmp_path / "data").mkdir()
    (tmp_path / "state").write_text("active")
    return tmp_path


def test_database_status_tells_state_version_and_space(machine: Path) -> None:
    """A running database is reported as one JSON object; the space is that of the data's file system."""
    status = json.loads(_run(machine).stdout)
    volume = status.pop("data_volume")
    assert 0 <= status.pop("store_bytes") < 100_000
    assert status == {"service": "active", "fenced": False, "version": "5.26.30", "leftovers": []}
    assert volume["path"] == str(machine / "data")
    assert volume["size_bytes"] == pytest.approx(shutil.disk_usage(machine).total, rel=0.01)
    assert 0 < volume["free_bytes"] <= volume["size_bytes"]


def test_database_status_tells_the_fence_and_what_operations_left(machine: Path) -> None:
    """Whoever comes next sees that something is going on, or was left behind."""
    (machine / "data" / "read-only").touch()
    (machine / "data" / "work" / "upgrade-1").mkdir(parents=True)
    (machine / "data" / "scratch").mkdir()
    status = json.loads(_run(machine).stdout)
    assert (status["fenced"], status["leftovers"]) == (True, ["work/upgrade-1", "scratch"])


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("database-*.sh")), ids=lambda path: path.stem)
def test_each_script_is_valid_bash_without_a_place_for_parameters(script: Path) -> None:
    """SSM would replace what stands between double braces."""
    text = _whole(script)
    checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "{{" not in text


def test_database_status_reports_a_stopped_database(machine: Path) -> None:
    """That Neo4j does not run is an answer, not a failed command."""
    (machine / "state").write_text("inactive")
    finished = _run(machine)
    assert finished.returncode == 0
    assert json.loads(finished.stdout)["service"] == "inactive"


def test_database_status_fails_without_a_data_volume(machine: Path) -> None:
    """A missing volume must not read as an empty one."""
    (machine / "data").rmdir()
    assert _run(machine).returncode != 0


def _run(machine: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{machine / 'bin'}:/usr/bin:/bin",
        "MACHINE": str(machine),
        "NEO4J_HOME": str(machine / "home"),
        "NEO4J_DATA": str(machine / "data"),
    }
    return subprocess.run(
        ["bash"],
        input=_whole(SCRIPTS / "database-status.sh"),
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _whole(script: Path) -> str:
    """A script as its document has it: after what all have in common."""
    return f"set -euo pipefail\n{(SCRIPTS / 'machine.sh').read_text()}\n{script.read_text()}"


def _program(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
