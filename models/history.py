"""What the deployment log's records come to: the current release, what is unfinished, whether it is sound.

Works on records in the order of their numbers; reading and writing them is done elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from models.configuration import KeyState
from models.log import GENESIS, Event, Record
from models.names import KeyName
from models.release import Release


class LogFinding(BaseModel):
    """One thing in a log that is not as it was written."""

    model_config = ConfigDict(frozen=True)

    number: int
    problem: str


def good_releases(newest_first: Iterable[Record]) -> Iterator[Release]:
    """Every release that ran and was verified, newest first; the first is the current one.

    A release counts when its deployment succeeded, changed nothing, or was put back. Records without a
    release (of scenarios that only look) say nothing of it. After a failed change the environment may be
    something else for a while; the current release is still what it is to be put back to.
    """
    for record in newest_first:
        if record.good_release is not None:
            yield record.good_release


def begun_since_good(newest_first: Iterable[Record]) -> Iterator[Record]:
    """The records of applies that began after the last good record, newest first: one's release may run."""
    for record in newest_first:
        if record.good_release is not None:
            return
        if record.entry.event is Event.STARTED and record.entry.release is not None:
            yield record


def known_configuration(newest_first: Iterable[Record]) -> dict[KeyName, KeyState]:
    """What each key was when we wrote it last, whatever became of that change."""
    known: dict[KeyName, KeyState] = {}
    for record in newest_first:
        known = record.entry.configuration | known
    return known


def switched_at(oldest_first: Iterable[Record]) -> datetime | None:
    """When the slot that is live now became so; None where no other ever was."""
    live, since = None, None
    for record in oldest_first:
        release = record.good_release
        if release is None:
            continue
        if live is not None and release.live is not live:
            since = record.written_at
        live = release.live
    return since


def unfinished(records: Iterable[Record]) -> list[Record]:
    """The started records whose flow run recorded no end afterwards, oldest first, one for each flow run."""
    begun: dict[str, Record] = {}
    for record in records:
        if record.entry.event.ends_a_deployment:
            begun.pop(record.entry.flow_run_id, None)
        else:
            begun[record.entry.flow_run_id] = record
    return list(begun.values())


def behind_their_fence(records: Iterable[Record]) -> list[Record]:
    """The record by which each flow run keeps writes out of the databases, oldest first.

    One that failed after it had let them in counts too: on its way back it may keep them out once more.
    """
    fenced: set[str] = set()
    behind: dict[str, Record] = {}
    for record in records:
        run, event = record.entry.flow_run_id, record.entry.event
        if event is Event.FENCED:
            fenced.add(run)
        if event in {Event.FENCED, Event.FAILED} and run in fenced:
            behind[run] = record
        elif event is not Event.STARTED:
            behind.pop(run, None)
    return list(behind.values())


def verify_chain(stored: Mapping[int, bytes]) -> list[LogFinding]:
    """What is wrong with a log, given the stored bytes by number; nothing for a log as it was written.

    Hashes are taken over the bytes as stored, so that records stay valid when the model gains a field. A
    change or loss of the newest record alone cannot be seen in the chain: no record names its hash yet.
    """
    newest = max(stored, default=0)
    findings = [
        LogFinding(number=number, problem="is missing")
        for number in range(1, newest + 1)
        if number not in stored
    ]
    for number in sorted(stored):
        findings += _verify_record(number, stored)
    return sorted(findings, key=lambda finding: finding.number)


def _verify_record(number: int, stored: Mapping[int, bytes]) -> Iterator[LogFinding]:
    try:
        record = Record.model_validate_json(stored[number])
    except ValidationError:
        yield LogFinding(number=number, problem="cannot be read: it was changed after it was written")
        return
    if record.number != number:
        yield LogFinding(number=number, problem=f"holds record {record.number}: the order was changed")
    before = stored.get(number - 1)
    if number > 1 and before is None:
        return
    expected = hashlib.sha256(before).hexdigest() if before is not None else GENESIS
    if record.previous_hash != expected:
        which = f"record {number - 1} or this one" if number > 1 else "it"
        yield LogFinding(number=number, problem=f"does not follow its predecessor: {which} was changed")
