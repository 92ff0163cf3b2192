"""Whatever is done to a log after it was written, its chain shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.history import behind_their_fence, unfinished, verify_chain
from models.log import GENESIS, Entry, Event, Record
from models.names import Scenario

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def _chain(reasons: list[str]) -> dict[int, bytes]:
    """The stored bytes of a log with one record for each reason."""
    stored: dict[int, bytes] = {}
    previous = GENESIS
    for number, reason in enumerate(reasons, start=1):
        record = Record(number=number, written_at=WHEN, previous_hash=previous, entry=_entry(reason))
        stored[number] = record.model_dump_json().encode()
        previous = record.hash()
    return stored


def _entry(reason: str, event: Event = Event.STARTED, run: str = "run") -> Entry:
    return Entry(
        event=event,
        scenario=Scenario.SCALING,
        environment="testing",
        flow_run_id=run,
        flow_run_name="a run",
        requester="Ada",
        reason=reason,
    )


CHAINS = st.lists(st.text(max_size=20), min_size=2, max_size=8).map(_chain)


@settings(max_examples=40)
@given(CHAINS)
def test_a_log_as_it_was_written_has_no_findings(stored: dict[int, bytes]) -> None:
    assert verify_chain(stored) == []


@settings(max_examples=40)
@given(CHAINS, st.data())
def test_a_changed_byte_in_any_record_but_the_newest_is_found(
    stored: dict[int, bytes], data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, len(stored) - 1))
    position = data.draw(st.integers(0, len(stored[number]) - 1))
    changed = bytearray(stored[number])
    changed[position] ^= data.draw(st.integers(1, 255))
    findings = verify_chain({**stored, number: bytes(changed)})
    assert {finding.number for finding in findings} & {number, number + 1}


@settings(max_examples=40)
@given(CHAINS, st.data())
def test_a_removed_record_but_the_newest_is_found(stored: dict[int, bytes], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(stored) - 1))
    rest = {other: body for other, body in stored.items() if other != number}
    assert number in {finding.number for finding in verify_chain(rest)}


@settings(max_examples=40)
@given(CHAINS, st.data())
def test_two_records_that_changed_places_are_both_found(
    stored: dict[int, bytes], data: st.DataObject
) -> None:
    one, other = data.draw(
        st.lists(st.integers(1, len(stored)), min_size=2, max_size=2, unique=True), label="places"
    )
    swapped = {**stored, one: stored[other], other: stored[one]}
    assert {one, other} <= {finding.number for finding in verify_chain(swapped)}


@settings(max_examples=40)
@given(CHAINS, st.data())
def test_a_record_slipped_in_between_is_found(stored: dict[int, bytes], data: st.DataObject) -> None:
    """The later ones renumber to make room, and their hashes betray it."""
    place = data.draw(st.integers(1, len(stored)))
    shifted = {number if number < place else number + 1: body for number, body in stored.items()}
    assert verify_chain({**shifted, place: stored[place]})


def test_an_empty_log_is_sound() -> None:
    assert verify_chain({}) == []


def test_a_run_that_started_again_after_its_end_is_unfinished_until_it_ends_again() -> None:
    records = _told(Event.STARTED, Event.FAILED, Event.STARTED)
    assert unfinished(records) == records[-1:]


def _told(*events: Event) -> list[Record]:
    """What one flow run recorded."""
    return [
        Record(number=number, written_at=WHEN, previous_hash=GENESIS, entry=_entry("", event))
        for number, event in enumerate(events, start=1)
    ]


@pytest.mark.parametrize(
    ("events", "behind"),
    [
        ([Event.STARTED], False),
        ([Event.STARTED, Event.FAILED], False),
        ([Event.FENCED], True),
        ([Event.FENCED, Event.STARTED], True),
        ([Event.FENCED, Event.STARTED, Event.FAILED], True),
        ([Event.FENCED, Event.STARTED, Event.FAILED, Event.ROLLED_BACK], False),
        ([Event.FENCED, Event.STARTED, Event.OPENED], False),
        ([Event.FENCED, Event.STARTED, Event.OPENED, Event.STARTED], False),
        ([Event.FENCED, Event.STARTED, Event.OPENED, Event.FAILED], True),
        ([Event.FENCED, Event.OPENED, Event.SUCCEEDED], False),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else "",
)
def test_a_run_keeps_writes_out_until_it_opened_or_came_to_a_good_end(
    events: list[Event], behind: bool
) -> None:
    """One that failed may keep them out on its way back, whatever it had let in before."""
    found = behind_their_fence(_told(*events))
    assert [record.entry.flow_run_id for record in found] == (["run"] if behind else [])
