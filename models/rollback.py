"""Which earlier release a rollback goes to, by the log alone: pure, and strict.

What only AWS can tell (whether the image is still there) is asked elsewhere. Records come oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from models.databases_since import (
    database_differences,
    databases_changed_by,
    moved_on,
    named,
    other_databases,
)
from models.errors import Refused
from models.guard import Finding, Severity
from models.history import begun_since_good
from models.log import Record
from models.names import CommitSha, Scenario, Slot
from models.release import Release

SHOWN = 10
"""How many releases are listed: what is older is hardly what somebody in a hurry wants."""


class Candidate(BaseModel):
    """A release that ran well, as it is listed: under the number of the newest record that names it."""

    model_config = ConfigDict(frozen=True)

    number: int
    release: Release
    recorded_at: datetime
    current: bool
    """Whether it runs; nobody's is this certain after a change that did not end well."""
    default: bool
    obstacle: str = ""
    """Why it cannot be gone back to; empty where nothing in the log speaks against it."""


class WayThere(BaseModel):
    """How an environment gets to an earlier release: what it becomes, and what it may run until then."""

    model_config = ConfigDict(frozen=True)

    number: int
    release: Release
    leaves: CommitSha
    """The commit that runs, or may run, and whose changes the branch has to lose."""
    notes: list[Finding] = []


def candidates(records: Sequence[Record]) -> list[Candidate]:
    """The releases that one may choose from, the newest first, each once."""
    newest = _newest(records)
    if not newest:
        return []
    default = _default(records)
    return [
        Candidate(
            number=record.number,
            release=release,
            recorded_at=record.written_at,
            current=_runs(records, release),
            default=default is not None and record.number == default.number,
            obstacle="" if _runs(records, release) else _obstacle(records, record.number, release),
        )
        for record, release in newest[:SHOWN]
    ]


def choose(environment: str, records: Sequence[Record], to: int | None) -> int:
    """The number of the record to go back to: the one asked for, or else the last good one before this one.

    Raises Refused for a number that names no good release, and where there is none to go back to.
    """
    if to is not None:
        return _find(environment, records, to)[0].number
    if not candidates(records):
        raise Refused(
            f"Nothing was deployed to {environment} yet.",
            next_step=f"Build it first: credex trigger initial-deployment --env {environment}.",
        )
    default = _default(records)
    if default is None:
        raise Refused(
            f"No release of another image and with tasks led to the one that {environment} runs now.",
            next_step=f"Choose any other with --to NUMBER: credex rollback --env {environment} --list.",
        )
    return default.number


def way_to(environment: str, records: Sequence[Record], number: int) -> WayThere:
    """The release to apply in order to go back to this record, with today's values of the configuration.

    Raises Refused for the release that runs already, for one without a task, and for one whose databases are
    not those of today.
    """
    _, release = _find(environment, records, number)
    now = _now(records)
    if _runs(records, release):
        raise Refused(
            f"Record {number} is what {environment} runs now.",
            next_step=f"Choose another one: credex rollback --env {environment} --list.",
        )
    if release.desired_count == 0:
        raise Refused(
            f"Record {number} ran without a task: nobody could reach {environment} after going back to it.",
            next_step=f"Choose one with tasks (credex rollback --env {environment} --list), or deploy its "
            f"commit with today's number: credex trigger application-deployment --env {environment} "
            f"-p commit={release.commit} -p allow_older=true.",
        )
    if other_databases(release, now):
        problem, next_step = moved_on(records, number, release, now)
        raise Refused(problem, next_step=next_step)
    return WayThere(
        number=number,
        release=now.model_copy(update={name: getattr(release, name) for name in _BROUGHT_BACK}),
        leaves=_left(records, release).commit,
        notes=list(_notes(records, number, release, now)),
    )


def differences(then: Release, now: Release) -> list[str]:
    """What of an earlier release, besides its code, is not as it is now: each in some words."""
    told = []
    if then.desired_count != now.desired_count:
        told.append(f"{then.tasks} then, {now.tasks} now")
    told += database_differences(then, now)
    changed = sorted(
        key for key, version in now.configuration.items() if then.configuration.get(key) != version
    )
    if changed:
        told.append(f"new values of {', '.join(changed)} since")
    return told


def _obstacle(records: Sequence[Record], number: int, then: Release) -> str:
    if then.desired_count == 0:
        return "it ran without a task"
    if not other_databases(then, _now(records)):
        return ""
    return f"other databases since {named(databases_changed_by(records, number))}"


def _now(records: Sequence[Record]) -> Release:
    return list(_good(records))[-1][1]


def _runs(records: Sequence[Record], release: Release) -> bool:
    """Whether it is what runs; nothing is for certain after a change that did not end well."""
    return _essence(release) == _essence(_now(records)) and not _begun_since(records)


def _good(records: Sequence[Record]) -> Iterator[tuple[Record, Release]]:
    for record in records:
        if record.good_release is not None:
            yield record, record.good_release


_BROUGHT_BACK = ("commit", "image_digest", "desired_count")
"""What of a release a rollback brings back: its configuration, databases and slots stay as they are today."""


def _essence(release: Release) -> Release:
    """What of a release tells it apart for a rollback: all but its configuration, and its slot."""
    return release.model_copy(
        update={"configuration": {}, "live": Slot.BLUE, "standby": None, "traffic": 100}
    )


def _find(environment: str, records: Sequence[Record], number: int) -> tuple[Record, Release]:
    for record, release in _good(records):
        if record.number == number:
            return record, release
    known = ", ".join(str(each.number) for each in candidates(records)) or "none yet"
    raise Refused(
        f"Record {number} of the log of {environment} names no release that ran well.",
        next_step=f"Those that did are {known}; see credex rollback --env {environment} --list.",
    )


def _begun_since(records: Sequence[Record]) -> list[tuple[Scenario, Release]]:
    """What began after the last good record, the newest first: one of these releases may run."""
    begun = [record.entry for record in begun_since_good(reversed(records))]
    return [(entry.scenario, entry.release) for entry in begun if entry.release is not None]


def _left(records: Sequence[Record], target: Release) -> Release:
    """What runs until then, which a failed or unfinished change may have made another than the log's last."""
    now = _now(records)
    known = (_essence(now), _essence(target))
    return next((each for _, each in _begun_since(records) if _essence(each) not in known), now)


def _newest(records: Sequence[Record]) -> list[tuple[Record, Release]]:
    """Each release with the newest record that names it, the newest first; the first is what runs."""
    found = {_essence(release).digest(): (record, release) for record, release in _good(records)}
    return sorted(found.values(), key=lambda pair: -pair[0].number)


def _default(records: Sequence[Record]) -> Record | None:
    """The last good release before what runs, as one goes back in a browser: after a rollback further back.

    It is of another image, because a number of tasks alone is nobody's reason to hurry back; and it has
    tasks, because one that was scaled to none for a while would serve nobody.
    """
    trail, begun = _trail(records), _begun_since(records)
    meant = _meant(trail, begun) if begun else _before(trail)
    wanted = next((each for each in meant if each.desired_count > 0), None)
    return next((record for record, each in _newest(records) if _essence(each) == wanted), None)


def _meant(trail: list[Release], begun: list[tuple[Scenario, Release]]) -> list[Release]:
    """After a change that did not end well: what a rollback meant, or else what was before the change."""
    backs = [_essence(release) for scenario, release in begun if scenario is Scenario.ROLLBACK]
    return [release for release in backs if release not in trail[-1:]] + trail[::-1]


def _before(trail: list[Release]) -> list[Release]:
    return [release for release in trail[::-1] if release.image_digest != trail[-1].image_digest]


def _trail(records: Sequence[Record]) -> list[Release]:
    """The releases that led to the present one; a rollback leaves out all that it took back."""
    trail: list[Release] = []
    for record, release in _good(records):
        essence = _essence(release)
        if record.entry.scenario is Scenario.ROLLBACK and essence in trail:
            while trail[-1] != essence:
                trail.pop()
        elif essence not in trail[-1:]:
            trail.append(essence)
    return trail


def _notes(records: Sequence[Record], number: int, then: Release, now: Release) -> Iterator[Finding]:
    """What the approver should know besides the plan."""
    told = []
    if then.desired_count != now.desired_count:
        told.append(f"The number of tasks goes back too: {now.tasks} now, {then.tasks} then.")
    if then.configuration != now.configuration:
        told.append(
            "The values of the configuration stay as they are now; the scenario configuration is theirs."
        )
    changed_by = databases_changed_by(records, number)
    restored = [record for record in changed_by if record.entry.scenario is Scenario.RESTORE]
    if restored:
        told.append(f"The data was restored since then, by {named(restored)}; it stays as it is.")
    for sentence in told:
        yield Finding(severity=Severity.WORTH_A_LOOK, address="rollback", reason=sentence)
