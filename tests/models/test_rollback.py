"""Which release a rollback takes by itself, which it refuses, and what it says to that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Refused
from models.log import GENESIS, Entry, Event, Record
from models.names import DatabaseName, Scenario
from models.release import Database, Release
from models.rollback import candidates, choose, differences, way_to

ENVIRONMENT = "testing"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
DEPLOY, SCALE, ROLLBACK = Scenario.APPLICATION_DEPLOYMENT, Scenario.SCALING, Scenario.ROLLBACK


def release(
    image: str, count: int = 1, version: str = "5.26.30", configuration: dict[str, int] | None = None
) -> Release:
    """A release of the image called by a hexadecimal digit."""
    return Release(
        environment=ENVIRONMENT,
        commit=image * 40,
        image_digest=f"sha256:{image * 64}",
        desired_count=count,
        databases={name: Database(neo4j_version=version, instance_type="r6i.large") for name in DatabaseName},
        configuration=configuration or {},
    )


Told = tuple[Scenario, Event, Release]


def good(scenario: Scenario, release: Release) -> Told:
    return scenario, Event.SUCCEEDED, release


def log(*told: Told) -> list[Record]:
    """A log of these records, the first with number 1."""
    return [
        Record(
            number=number,
            written_at=WHEN + timedelta(hours=number),
            previous_hash=GENESIS,
            entry=Entry(
                event=event,
                scenario=scenario,
                environment=ENVIRONMENT,
                flow_run_id=f"run {number}",
                flow_run_name="a run",
                requester="Ada",
                release=release,
            ),
        )
        for number, (scenario, event, release) in enumerate(told, start=1)
    ]


A, B, C, D = (good(DEPLOY, release(image)) for image in "abcd")
TWO, NONE = good(DEPLOY, release("a", 2)), good(SCALE, release("a", 0))


def back(image: str) -> Told:
    return good(ROLLBACK, release(image))


def failed(image: str, *, put_back: str = "") -> list[Told]:
    """A deployment that began and failed, and what was put back where that worked."""
    told = [(DEPLOY, Event.STARTED, release(image)), (DEPLOY, Event.FAILED, release(image))]
    return [*told, (DEPLOY, Event.ROLLED_BACK, release(put_back))] if put_back else told


@pytest.mark.parametrize(
    ("told", "number"),
    [
        pytest.param([A, B], 1, id="the one before"),
        pytest.param([A, B, C, back("b")], 1, id="twice in a row goes further back, not forward"),
        pytest.param(
            [A, B, C, back("b"), back("a"), back("c")], 5, id="after forward again, where it came from"
        ),
        pytest.param([A, B, C, back("a"), D], 4, id="after a new deployment, what it took the place of"),
        pytest.param([A, B, A, B, back("a")], 4, id="only what came after its last run is taken back"),
        pytest.param([A, B, *failed("c", put_back="b")], 1, id="what was put back is what runs"),
        pytest.param([A, B, *failed("c")], 2, id="after a failure that was left, the last good one"),
        pytest.param(
            [A, B, (ROLLBACK, Event.STARTED, release("a")), (ROLLBACK, Event.FAILED, release("a"))],
            1,
            id="after a rollback that serves and was no success, the same again and not what was left",
        ),
        pytest.param(
            [A, B, (DEPLOY, Event.STARTED, release("c"))],
            2,
            id="during a rollout, what it takes the place of",
        ),
        pytest.param(
            [A, good(SCALE, release("a", 3)), B, good(SCALE, release("b", 5))],
            2,
            id="another image, with the number of tasks that it had",
        ),
        pytest.param(
            [A, B, good(Scenario.CONFIGURATION, release("b", configuration={"KEY": 2}))],
            1,
            id="other values are no other release",
        ),
        pytest.param(
            [TWO, NONE, good(DEPLOY, release("b", 0)), good(SCALE, release("b", 2))],
            1,
            id="not the one that was without a task for a while",
        ),
        pytest.param(
            [TWO, NONE, (DEPLOY, Event.STARTED, release("b", 0)), (DEPLOY, Event.FAILED, release("b", 0))],
            1,
            id="nor after a failure that was left",
        ),
        pytest.param(
            [A, B, good(SCALE, release("b", 0)), (ROLLBACK, Event.STARTED, release("a", 0))],
            2,
            id="nor after a rollback to it that did not end well",
        ),
    ],
)
def test_without_a_number_it_is_the_last_good_one_before_what_runs(told: list[Told], number: int) -> None:
    """As the back button of a browser does."""
    assert choose(ENVIRONMENT, log(*told), None) == number


def test_where_there_is_no_other_image_it_says_so() -> None:
    """A first deployment, scaled since then, has nothing behind it."""
    with pytest.raises(Refused, match="No release of another image"):
        choose(ENVIRONMENT, log(A, good(SCALE, release("a", 3))), None)
    with pytest.raises(Refused, match="Nothing was deployed"):
        choose(ENVIRONMENT, [], None)


@pytest.mark.parametrize("number", [2, 3, 9])
def test_a_number_that_names_no_good_release_is_refused_and_the_others_are_named(number: int) -> None:
    """A failed deployment's record is none to go back to, nor is one that is not there."""
    with pytest.raises(Refused, match=f"Record {number} of the log of testing names no") as caught:
        choose(ENVIRONMENT, log(A, *failed("b", put_back="a"), C), number)
    assert "5, 4" in caught.value.next_step


def test_what_runs_already_is_refused_by_each_of_its_numbers() -> None:
    """Also where it came to run again by a rollback."""
    records = log(A, B, back("a"))
    for number in (1, 3):
        with pytest.raises(Refused, match=f"Record {number} is what testing runs now"):
            way_to(ENVIRONMENT, records, number)


def test_after_a_failure_that_was_left_the_last_good_one_may_be_gone_back_to() -> None:
    """And the branch loses what the failed one brought, not what the log has last."""
    way = way_to(ENVIRONMENT, log(A, B, *failed("c")), 2)
    assert (way.release, way.leaves) == (release("b"), "c" * 40)


def test_a_release_without_a_task_is_refused_and_listed_as_not_possible() -> None:
    """Going back to it would be an outage, and verified as what was wanted; the way out is its commit."""
    records = log(TWO, NONE, B)
    with pytest.raises(Refused, match="Record 2 ran without a task") as caught:
        way_to(ENVIRONMENT, records, 2)
    assert f"application-deployment --env testing -p commit={'a' * 40}" in caught.value.next_step
    assert [each.obstacle for each in candidates(records)] == ["", "it ran without a task", ""]


def test_what_runs_without_a_task_is_listed_as_what_runs() -> None:
    """Nothing is wrong with it that a rollback would have to say."""
    newest = candidates(log(TWO, NONE))[0]
    assert (newest.current, newest.obstacle) == (True, "")


def test_other_databases_are_refused_naming_what_changed_them() -> None:
    """With the way out: that commit, on the databases of today."""
    newer = release("a", version="2026.08.1")
    records = log(A, good(Scenario.NEO4J_CHANGE, newer), good(DEPLOY, release("b", version="2026.08.1")))
    with pytest.raises(Refused) as caught:
        way_to(ENVIRONMENT, records, 1)
    assert "ledger had Neo4j 5.26.30 and now 2026.08.1" in caught.value.problem
    assert "changed by record 2 (neo4j-change, 2026-01-01 02:00 UTC)" in caught.value.problem
    assert f"application-deployment --env testing -p commit={'a' * 40}" in caught.value.next_step
    assert [each.obstacle != "" for each in candidates(records)] == [False, False, True]


def test_a_restore_in_between_is_told_to_the_approver() -> None:
    """The databases are the same machines; their data is older than the log looks."""
    way = way_to(ENVIRONMENT, log(A, B, good(Scenario.RESTORE, release("b"))), 1)
    assert [note.reason for note in way.notes] == [
        "The data was restored since then, by record 3 (restore, 2026-01-01 03:00 UTC); it stays as it is."
    ]


def test_values_of_the_configuration_stay_as_they_are_now() -> None:
    """ECS reads the newest version whatever a release says: an older number would be a lie."""
    now = release("b", count=4, configuration={"KEY": 7})
    way = way_to(ENVIRONMENT, log(good(DEPLOY, release("a", configuration={"KEY": 2})), good(DEPLOY, now)), 1)
    assert way.release == release("a", configuration={"KEY": 7})
    assert len(way.notes) == 2
    assert differences(release("a", configuration={"KEY": 2}), now) == [
        "1 task then, 4 tasks now",
        "new values of KEY since",
    ]


TOLD = st.lists(
    st.tuples(
        st.sampled_from([DEPLOY, SCALE, ROLLBACK]),
        st.sampled_from([Event.STARTED, Event.SUCCEEDED, Event.FAILED, Event.ROLLED_BACK, Event.UNCHANGED]),
        st.builds(release, st.sampled_from("abc"), st.integers(0, 3)),
    ),
    max_size=12,
)


@settings(max_examples=200)
@given(TOLD)
def test_the_choice_is_always_a_listed_release_that_can_be_taken(told: list[Told]) -> None:
    """Whatever the log tells: never what runs, never an outage, never another than the list marks."""
    records = log(*told)
    try:
        number = choose(ENVIRONMENT, records, None)
    except Refused:
        assert not any(each.default for each in candidates(records))
        return
    chosen = records[number - 1].good_release
    assert chosen is not None
    assert chosen.desired_count > 0
    assert [each.release for each in candidates(records) if each.default] == [chosen]
    assert way_to(ENVIRONMENT, records, number).release == chosen


@settings(max_examples=100)
@given(TOLD, st.integers(1, 13))
def test_there_and_back_again_ends_where_it_began(told: list[Told], number: int) -> None:
    """A rollback to any release, and then another one back to what ran, is possible where that has tasks."""
    records = log(*told)
    try:
        way = way_to(ENVIRONMENT, records, number)
    except Refused:
        return
    before = next(record for record in reversed(records) if record.good_release is not None)
    there = log(*told, good(ROLLBACK, way.release))
    assert before.good_release is not None
    if before.good_release != way.release and before.good_release.desired_count > 0:
        assert way_to(ENVIRONMENT, there, before.number).release == before.good_release
