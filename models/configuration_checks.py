"""Whether the application's configuration is what our log says, and whether the tasks hold it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from models.check import Check, Verdict, Weight
from models.configuration import KeyState
from models.rollout import Task, task_definition_name

BY_OTHERS = "Configuration changed by others"
HELD = "Configuration that the tasks hold"
LACKING = "Configuration that was removed"
WRITTEN = "Secrets written to GitHub"


class SeenKey(BaseModel):
    """A key as it is now in SSM and at GitHub. `changed_by` is whom AWS names, where it tells."""

    model_config = ConfigDict(frozen=True)

    version: int
    fingerprint: str
    modified_at: datetime
    changed_by: str = ""
    github_updated_at: datetime | None = None


def check_by_others(known: Mapping[str, KeyState], seen: Mapping[str, SeenKey]) -> Check:
    """No key was changed in SSM or at GitHub since our own last write of it.

    A version that is new and holds the same value changes nothing for anybody.
    """
    found = [
        clause
        for key, state in sorted(known.items())
        if key in seen
        for clause in _changed(key, state, seen[key])
    ]
    if found:
        return Check(
            name=BY_OTHERS,
            verdict=Verdict.FAILED,
            detail="; ".join(found),
            next_step="Ask who it was; then stage the right value with credex config set KEY and run "
            "configuration with that key, which writes it to both places and to the log.",
        )
    return Check(name=BY_OTHERS, verdict=Verdict.PASSED, detail=f"none of {len(known)} keys in the log")


def _changed(key: str, known: KeyState, seen: SeenKey) -> list[str]:
    clauses = []
    if seen.fingerprint != known.fingerprint:
        who = f" by {seen.changed_by}" if seen.changed_by else ""
        clauses.append(
            f"{key} was changed in SSM{who} at {seen.modified_at:%Y-%m-%d %H:%M:%S} UTC "
            f"(version {seen.version}, fingerprint {seen.fingerprint}; ours was version {known.version}, "
            f"{known.fingerprint})"
        )
    ours, theirs = known.github_updated_at, seen.github_updated_at
    if ours and theirs and theirs != ours:
        clauses.append(
            f"{key} was changed at GitHub at {theirs:%Y-%m-%d %H:%M:%S} UTC; its audit log tells who"
        )
    return clauses


def check_held(
    tasks: Collection[Task],
    task_definition: str,
    labels: Mapping[str, int],
    written_at: Mapping[str, datetime],
) -> Check:
    """Each task is of the task definition made for the new versions, and began after they were there.

    ECS reads a parameter when a task starts, and the application does not tell what it was given.
    """
    name = task_definition_name(task_definition)
    latest = max(written_at.values())
    early = [task.name for task in tasks if task.created_at is None or task.created_at < latest]
    problem = _of_others(tasks, task_definition)
    if not problem and early:
        problem = f"{', '.join(early)} began before the values were written"
    versions = ", ".join(f"{key} version {version}" for key, version in sorted(labels.items()))
    well = f"all {len(tasks)} tasks are of {name}, made for {versions}, and began after that was written"
    return _of_tasks(HELD, problem, well)


def check_lacking(
    tasks: Collection[Task], task_definition: str, given: Collection[str], removed: Collection[str]
) -> Check:
    """Each task is of the task definition that was made without the removed keys."""
    name = task_definition_name(task_definition)
    still = sorted(set(given) & set(removed))
    named = f"{name} still names {', '.join(still)}" if still else ""
    well = f"all {len(tasks)} tasks are of {name}, made without {', '.join(sorted(removed))}"
    return _of_tasks(LACKING, named or _of_others(tasks, task_definition), well)


def check_written(keys: Collection[str]) -> Check:
    """GitHub took these keys' values, and lists them."""
    return Check(name=WRITTEN, verdict=Verdict.PASSED, detail=f"sealed: {', '.join(keys)}")


def _of_others(tasks: Collection[Task], task_definition: str) -> str:
    """That tasks run another task definition; empty where all run this one."""
    others = [task.name for task in tasks if task.task_definition != task_definition]
    name = task_definition_name(task_definition)
    return f"{', '.join(others)} run another task definition than {name}" if others else ""


def _of_tasks(name: str, problem: str, well: str) -> Check:
    return Check(
        name=name,
        weight=Weight.SERVING,
        verdict=Verdict.FAILED if problem else Verdict.PASSED,
        detail=problem or well,
        next_step="Look at the service's deployments and events." if problem else "",
    )
