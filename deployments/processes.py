"""Which process of this machine runs which flow run, noted by the worker that started it.

Prefect knows a flow run's process id, but not on which machine it is; a process id alone proves nothing to a
watch on another machine. The notes lie in the runs' own scratch folders; where several machines share those,
another machine's note proves nothing either.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from uuid import UUID

import psutil

from models.log import Apply
from systems.settings import Settings
from systems.terraform.orphan import is_gone, is_here, this_process_apply


def note_process(run_id: UUID, pid: int) -> None:
    """Remember the process that a run has now, instead of any that it had before."""
    path = _path(run_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        draft = path.with_suffix(".draft")
        draft.write_text(this_process_apply(pid).model_dump_json())
        draft.replace(path)  # whoever reads meanwhile sees all of it or nothing
    except psutil.NoSuchProcess:
        return  # it has ended already, which its worker sees for itself


class Whereabouts(StrEnum):
    """What this machine knows of a flow run's process."""

    RUNS_HERE = "runs here"
    ENDED_HERE = "ended here"
    NOT_KNOWN = "not known here"


def whereabouts(run_id: UUID, pid: str | None) -> Whereabouts:
    """Whether the run's process, as Prefect knows it, was started on this machine, and has surely ended."""
    path = _path(run_id)
    noted = Apply.model_validate_json(path.read_text()) if path.exists() else None
    if noted is None or str(noted.pid) != pid or not is_here(noted):
        return Whereabouts.NOT_KNOWN
    return Whereabouts.ENDED_HERE if is_gone(noted) else Whereabouts.RUNS_HERE


def _path(run_id: UUID) -> Path:
    return Settings().work_dir / str(run_id) / "process.json"
