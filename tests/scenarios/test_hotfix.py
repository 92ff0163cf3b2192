"""Scenario 8 from end to end: from what production runs to production and to all branches.

Takes twenty minutes: make exhaustive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from uuid import UUID

import pytest

from models.hotfix import branch_of
from models.log import Event
from models.merging import check_name
from models.names import Scenario
from sandbox.pushing import push_image_everywhere, report_check
from sandbox.settings_files import changed
from systems.github.commits import is_ancestor
from systems.waiting import Pace, wait_for
from tests.conftest import RunningSandbox
from tests.scenarios.branches import head_of, repository_of, write_file
from tests.scenarios.conftest import APPROVER, has_release
from tests.scenarios.front_door import (
    END_SECONDS,
    Ended,
    Printed,
    Question,
    approve,
    begin,
    carry_out,
    finish,
    question_of,
    trigger,
    wait_for_question,
)
from tests.scenarios.killed_support import (
    end_of,
    kill_at_each,
    kill_flow,
    kill_server_at_each,
    kill_worker_and_flow,
    times_asked,
)
from tests.scenarios.place import Image, Place
from tests.scenarios.settings_files import freeze

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]

BRANCHES = ("prod", "stage", "dev")


@pytest.fixture(scope="module")
def target(sandbox: RunningSandbox, request: pytest.FixtureRequest) -> Place:
    """Production as it stands, or built with all that comes before it."""
    if has_release(sandbox, "production"):
        return Place(sandbox.settings, "production")
    place: Place = request.getfixturevalue("production")
    return place


@pytest.fixture(scope="module")
def stage(target: Place) -> Place:
    """The stage before, which was built before it."""
    return Place(target.sandbox, "staging")


def hotfix(sandbox: RunningSandbox, name: str) -> Printed:
    """The command that people type, to the run's end."""
    return trigger(sandbox, Scenario.HOTFIX, "production", name=name, reason="Fees are counted twice")


def push_fix(place: Place, name: str, text: str, behaviour: str = "ok") -> Image:
    """A fix on the hotfix's branch, tested and built, as the engineer and the CI do."""
    commit = write_file(place, text, branch=branch_of(name), name=f"{name}.txt")
    report_check(place.sandbox, place.environment, commit)
    return Image(commit, push_image_everywhere(place.sandbox, commit, behaviour))


def heads(place: Place) -> list[str]:
    """The commits that the environments' branches are at."""
    return [head_of(place, branch) for branch in BRANCHES]


def images(*places: Place) -> list[str]:
    """What serves in each place."""
    return [place.serving()["image_digest"] for place in places]


@dataclass(frozen=True)
class Begun:
    """A hotfix without a fix, where the environment's branch has gone on without being deployed."""

    base: str
    head: str
    printed: Printed


@pytest.fixture(scope="module")
def begun(sandbox: RunningSandbox, target: Place) -> Begun:
    """The first run, which makes the branch."""
    base, head = target.release().commit, write_file(target, "not deployed", name="later.txt")
    return Begun(base, head, hotfix(sandbox, "fees"))


def test_the_branch_is_made_of_what_runs_and_people_are_told_how_to_go_on(
    target: Place, begun: Begun
) -> None:
    """Not of the head of the environment's branch, which is something else; and nothing is deployed."""
    assert (begun.printed.exit_code, begun.printed.answer["state"]) == (0, "Unchanged"), begun.printed.err
    message = begun.printed.answer["message"]
    assert head_of(target, "hotfix/fees") == begun.base == target.release().commit
    assert f"not the head of prod ({begun.head[:12]})" in message
    assert "Push the fix to hotfix/fees" in message
    assert target.records(begun.printed.answer["flow_run_id"]) == []


@pytest.fixture(scope="module")
def refused(sandbox: RunningSandbox, target: Place, begun: Begun) -> list[Printed]:
    """A fix with no check, with a red one, and without an image; in the end all is there."""
    commit = write_file(target, "fixed", branch="hotfix/fees", name="fees.txt")
    without = [hotfix(sandbox, "fees")]
    report_check(target.sandbox, target.environment, commit, "failure")
    without.append(hotfix(sandbox, "fees"))
    report_check(target.sandbox, target.environment, commit)
    without.append(hotfix(sandbox, "fees"))
    push_image_everywhere(target.sandbox, commit)
    return without


def test_what_the_fix_lacks_is_named_before_anything_is_deployed(
    stage: Place, refused: list[Printed]
) -> None:
    for printed, sentence in zip(refused, ("are missing", "is not green", "holds no image"), strict=True):
        assert (printed.exit_code, printed.answer["state"]) == (3, "Refused")
        assert sentence in printed.answer["message"]
        assert stage.records(printed.answer["flow_run_id"]) == []


@dataclass(frozen=True)
class Fixed:
    """A hotfix that came to its end, through a freeze; staging was deployed to while people thought."""

    commit: str
    digest: str
    ended: Ended
    shown: str
    on_staging: str
    later_on_staging: str
    others: list[str]


@pytest.fixture(scope="module")
def fixed(target: Place, stage: Place, refused: list[Printed]) -> Fixed:
    """The second run, with a conflict waiting on `dev`."""
    commit = head_of(target, "hotfix/fees")
    write_file(target, "otherwise", branch="dev", name="fees.txt")
    others = heads(target)
    with changed(target.sandbox, "production", freeze("year's end")):
        run_id = begin(Scenario.HOTFIX, "production", name="fees", reason="Fees are counted twice")
        question = wait_for_question(run_id)
        on_staging, later = stage.serving()["image_digest"], stage.push()
        carry_out(Scenario.APPLICATION_DEPLOYMENT, "staging", commit=later.commit)
        approve(question, APPROVER)
        ended = finish(run_id)
    digest = target.release().image_digest
    return Fixed(commit, digest, ended, question.shown, on_staging, later.digest, others)


def test_the_fix_runs_on_production_after_it_passed_on_staging(
    target: Place, stage: Place, fixed: Fixed
) -> None:
    """Once on each; what others deployed to staging meanwhile is left there."""
    assert fixed.ended.state == "Completed", fixed.ended.message
    assert target.release().commit == fixed.commit
    assert target.serving()["image_digest"] == fixed.on_staging == fixed.digest
    assert stage.serving()["image_digest"] == fixed.later_on_staging
    for place in (target, stage):
        events = [record.entry.event for record in place.records(fixed.ended.run_id)]
        assert events == [Event.STARTED, Event.SUCCEEDED]
        assert place.log.verify() == []


def test_who_agrees_and_the_log_are_told_what_it_is_and_that_it_crossed_a_freeze(
    target: Place, fixed: Fixed
) -> None:
    for words in ("year's end", "fees.txt", "Its checks are green", "not the head of prod"):
        assert words in fixed.shown.replace("\\", "")
    record = target.records(fixed.ended.run_id)[-1].entry
    assert record.freeze_override is not None
    assert record.freeze_override.reason == "hotfix fees: Fees are counted twice"
    assert record.serving_after_seconds is not None


def test_every_branch_has_the_fix_or_a_pull_request_that_names_the_file(target: Place, fixed: Fixed) -> None:
    """By one merge commit, because each had gone on; nothing that was there is lost."""
    repository, (prod, of_stage, dev) = repository_of(target), heads(target)
    for head, before in zip((prod, of_stage), fixed.others, strict=False):
        assert is_ancestor(repository, fixed.commit, head)
        assert is_ancestor(repository, before, head)
    assert dev == fixed.others[-1]
    pull = next(each for each in repository.get_pulls(state="open") if each.head.ref == "hotfix/fees")
    assert "`fees.txt`" in pull.body
    for told in (pull.html_url, "'fees.txt'", f"prod has the fix, at {prod[:12]}"):
        assert told in fixed.ended.message
    recorded = target.records(fixed.ended.run_id)[-1].entry.verification
    assert recorded is not None
    assert pull.html_url in next(each for each in recorded.checks if each.name == check_name("dev")).next_step


def test_started_again_it_finds_all_done(sandbox: RunningSandbox, target: Place, fixed: Fixed) -> None:
    """Nobody is asked, nothing is deployed, no branch moves, and the pull request is the same."""
    before, pulls = heads(target), repository_of(target).get_pulls(state="open").totalCount
    printed = hotfix(sandbox, "fees")
    assert (printed.exit_code, printed.answer["state"]) == (0, "Unchanged"), printed.err
    assert (heads(target), repository_of(target).get_pulls(state="open").totalCount) == (
        before,
        pulls,
    )
    assert target.release().commit == fixed.commit


def test_a_fix_that_does_not_come_up_on_staging_goes_no_further(
    sandbox: RunningSandbox, target: Place, stage: Place
) -> None:
    """What ran there before serves again; production and the branches are as they were."""
    hotfix(sandbox, "crashing")
    push_fix(target, "crashing", "worse", "crash")
    before, serving = heads(target), images(target, stage)
    printed = hotfix(sandbox, "crashing")
    assert (printed.exit_code, printed.answer["state"]) == (5, "Rolled back"), printed.err
    assert images(target, stage) == serving
    assert heads(target) == before
    assert target.records(printed.answer["flow_run_id"]) == []


BEFORE = [
    "Find or make the branch",
    "Look whether it has passed",
    "Apply the plan with Terraform",
    "Watch the service until",
    "Check that nothing was",
]
AFTER = [
    "Measure how long it took",
    "Merge the fix into prod",
    "Merge the fix into stage",
    "Merge the fix into dev",
]
KILLED = {
    "found": ([BEFORE[0], BEFORE[2]], [AFTER[1]]),
    "asked": ([BEFORE[1], BEFORE[4]], [AFTER[3]]),
    "merging": ([BEFORE[3]], [AFTER[0], AFTER[2]]),
}
"""At which steps a run is killed, before the question and after it: none oftener than it goes on."""


def killed_together(sandbox: RunningSandbox, steps: list[str]) -> dict[str, Callable[[UUID], None]]:
    """Kill the run at each step, and where it watches, its worker too."""
    with_worker = partial(kill_worker_and_flow, sandbox.settings)
    return {step: with_worker if step.startswith("Watch") else kill_flow for step in steps}


def begin_ready(sandbox: RunningSandbox, target: Place, name: str) -> UUID:
    """Start a hotfix whose fix is there, green and built, and fits every branch."""
    settle_conflict(target)
    hotfix(sandbox, name)
    push_fix(target, name, "fixed")
    return begin(Scenario.HOTFIX, "production", name=name)


def one_more(name: str) -> str:
    """A name that no hotfix had on this sandbox: an old branch lacks what came after it."""
    return f"{name}-{token_hex(3)}"


def settle_conflict(place: Place) -> None:
    """Let `dev` be where production's branch is, as people do who take that side of a conflict."""
    repository_of(place).get_git_ref("heads/dev").edit(head_of(place, "prod"), force=True)


def question_after_a_crash(run_id: UUID) -> Question:
    """The question of a run that may have crashed on its way there."""
    question = wait_for(lambda: question_of(run_id), Pace(END_SECONDS, interval_seconds=0.5))
    assert question is not None
    return question


def require_done_once(run_id: UUID, name: str, starts: int, *places: Place) -> None:
    """One record of each event in either log, one question, and the fix on production and every branch.

    Prefect counts no start where a run goes on after its question.
    """
    ended, target = end_of(run_id), places[-1]
    assert (ended.state_name, ended.run_count) == ("Completed", starts), ended.state
    assert times_asked(run_id) == 1
    commit = head_of(target, branch_of(name))
    assert target.release().commit == commit
    assert all(is_ancestor(repository_of(target), commit, head) for head in heads(target))
    for place in places:
        events = [record.entry.event for record in place.records(run_id)]
        assert events == [Event.STARTED, Event.SUCCEEDED]
        assert place.log.verify() == []


@pytest.mark.parametrize("name", KILLED)
def test_a_run_that_is_killed_at_any_step_goes_on_and_does_nothing_twice(
    sandbox: RunningSandbox, target: Place, stage: Place, name: str
) -> None:
    before, after = KILLED[name]
    name = one_more(name)
    run_id = begin_ready(sandbox, target, name)
    kill_at_each(run_id, killed_together(sandbox, before))
    approve(question_after_a_crash(run_id), APPROVER)
    kill_at_each(run_id, killed_together(sandbox, after), first_start=len(before) + 1)
    require_done_once(run_id, name, len(before) + len(after) + 1, stage, target)


def test_a_hotfix_outlives_prefects_server_at_any_step(
    sandbox: RunningSandbox, target: Place, stage: Place
) -> None:
    """The same processes go on with another server: one that asks, and one that was told yes."""
    name = one_more("served")
    run_id = begin_ready(sandbox, target, name)
    kill_server_at_each(sandbox.settings, run_id, BEFORE)
    approve(question_after_a_crash(run_id), APPROVER)
    kill_server_at_each(sandbox.settings, run_id, AFTER)
    require_done_once(run_id, name, 1, stage, target)
