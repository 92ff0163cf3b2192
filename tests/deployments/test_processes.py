"""What a machine knows of a run's process: its own notes, and never another machine's."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from deployments.processes import Whereabouts, note_process, whereabouts
from systems.terraform.orphan import this_process_apply


def test_a_process_that_was_noted_here_runs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDEX_WORK_DIR", str(tmp_path))
    run_id, pid = uuid4(), os.getpid()
    note_process(run_id, pid)
    assert whereabouts(run_id, str(pid)) is Whereabouts.RUNS_HERE
    assert whereabouts(run_id, str(pid + 1)) is Whereabouts.NOT_KNOWN


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"namespace": "pid:[1]"}])
def test_another_machines_note_proves_nothing_here(
    other: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where machines share runs' folders: not that the process runs, although one of its id does here.

    Two containers are two machines, although both may have the same host name.
    """
    monkeypatch.setenv("CREDEX_WORK_DIR", str(tmp_path))
    run_id, pid = uuid4(), os.getpid()
    note = tmp_path / str(run_id) / "process.json"
    note.parent.mkdir()
    note.write_text(this_process_apply(pid).model_copy(update=other).model_dump_json())
    assert whereabouts(run_id, str(pid)) is Whereabouts.NOT_KNOWN
