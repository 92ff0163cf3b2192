"""A rollback that is killed at each of its steps, or whose release does not come up: the branch is right.

Takes half an hour: make exhaustive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from flows.rollback import rollback
from models.branch import CHECK
from models.names import DatabaseName, Scenario
from models.request import RollbackRequest
from models.rollback import candidates
from sandbox.pushing import push_image_everywhere
from systems.github.commits import compare
from systems.waiting import wait_for
from tests.scenarios.branches import repository_of, write_file
from tests.scenarios.failing import Fault, failing, run_here
from tests.scenarios.front_door import REQUESTER, begin, carry_out, finish
from tests.scenarios.killed_support import AT_ONCE, end_of, is_applying, kill_flow, step_began, story
from tests.scenarios.place import Place

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]

STEPS = [
    "Choose the release to go back to",
    "Plan the release",
    "Apply the plan with Terraform",
    "Watch the service until",
    "Make the branch what runs",
    "Record: succeeded",
]


@pytest.fixture(scope="module")
def place(development: Place) -> Iterator[Place]:
    """Development, with two versions of which the images are there."""
    for _ in range(2):
        commit = development.push().commit
        ended = carry_out(Scenario.APPLICATION_DEPLOYMENT, development.name, commit=commit)
        assert ended.state == "Completed", ended.message
    yield development
    push_image_everywhere(development.sandbox, development.branch_head())  # as the CI does of every head


def other_of_two(place: Place) -> int:
    """The number of the newest release that does not run: there and back again, run by run."""
    return next(each.number for each in candidates(place.log.records()) if not each.current)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_at_any_step_goes_on_and_does_nothing_twice(place: Place, step: str) -> None:
    """One commit more on the branch, one record of each event, and the other version serves."""
    before, head = place.release(), place.branch_head()
    run_id = begin(Scenario.ROLLBACK, place.name, to=other_of_two(place))
    assert wait_for(lambda: step_began(run_id, step), AT_ONCE), f"it does not come to {step}"
    kill_flow(run_id)
    ended = end_of(run_id)
    assert ended.state_name == "Completed", ended.state
    assert place.serving()["image_digest"] == place.release().image_digest != before.image_digest
    assert set(story(place, run_id).values()) == {1}
    moved = compare(repository_of(place), head, place.branch_head())
    assert (moved.status, moved.ahead_by) == ("ahead", 1)


def test_a_release_that_does_not_come_up_leaves_the_branch_as_it_was(place: Place, tmp_path: Path) -> None:
    """What ran before serves again; the branch moves only after that could no longer happen."""
    before, head, fault = place.release(), place.branch_head(), Fault("Watch the service until")
    request = RollbackRequest(environment=place.name, requester=REQUESTER, to=other_of_two(place))
    with failing(fault):
        ended = run_here(rollback, request, tmp_path)
    assert fault.planted
    assert ended.name == "Rolled back", ended.message
    assert (place.release(), place.serving()["image_digest"]) == (before, before.image_digest)
    assert place.branch_head() == head


def test_a_rollback_during_a_rollout_waits_and_goes_back_to_what_was_before(place: Place) -> None:
    """The lock decides who is first; what was meant when it was asked for is what is done."""
    before, image = place.release(), place.push()
    rollout = begin(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit)
    assert wait_for(lambda: is_applying(place), AT_ONCE), "it does not apply"
    back = begin(Scenario.ROLLBACK, place.name)
    deployed, ended = finish(rollout), finish(back)
    assert (deployed.state, ended.state) == ("Completed", "Completed"), ended.message
    assert place.release() == before
    assert place.serving()["image_digest"] == before.image_digest


def test_a_conflict_on_the_branch_is_left_to_people_and_the_service_goes_back(place: Place) -> None:
    """The run's end and the log name the pull request and the file; nothing is forced."""
    before, bad = place.release(), write_file(place, "bad")
    push_image_everywhere(place.sandbox, bad)
    assert carry_out(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=bad).state == "Completed"
    head = write_file(place, "built on what is bad")
    ended = carry_out(Scenario.ROLLBACK, place.name)
    assert ended.state == "Completed", ended.message
    assert place.serving()["image_digest"] == before.image_digest
    assert place.branch_head() == head
    pull = next(iter(repository_of(place).get_pulls(state="open")))
    for part in (pull.html_url, "'same.txt'"):
        assert part in ended.message
    recorded = place.records(ended.run_id)[-1].entry.verification
    assert recorded is not None
    told = next(check for check in recorded.checks if check.name == CHECK)
    assert pull.html_url in told.next_step


@contextmanager
def letting_nobody_in(place: Place, database: DatabaseName) -> Iterator[None]:
    """The database's process stands still: whoever connects hears nothing."""
    address = urlsplit(str(place.outputs().bolt_urls[database]))
    process = next(
        psutil.Process(each.pid)
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
        and each.laddr
        and (each.laddr.ip.removeprefix("::ffff:"), each.laddr.port) == (address.hostname, address.port)
    )
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def test_a_database_that_lets_nobody_log_in_keeps_nobody_from_going_back(place: Place) -> None:
    """What runs may be the reason; it is no success as long as the database cannot be asked."""
    before, to = place.release(), other_of_two(place)
    with letting_nobody_in(place, DatabaseName.LEDGER):
        ended = carry_out(Scenario.ROLLBACK, place.name, to=to)
        assert place.serving()["image_digest"] != before.image_digest
    assert ended.state == "Failed"
    assert "The ledger" in ended.message
    again = carry_out(Scenario.ROLLBACK, place.name, to=to)
    assert again.state == "Completed", again.message
