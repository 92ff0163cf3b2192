"""Scenario 4 from end to end: back, forward again, and what is refused before anything is changed."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from models.errors import Refused
from models.log import Event
from models.names import Scenario
from models.release import Release
from models.rollback import choose
from sandbox.pushing import push_image_everywhere
from sandbox.settings_files import Document, changed
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import (
    Ended,
    Printed,
    approve,
    artifact,
    begin,
    carry_out,
    credex,
    finish,
    trigger,
    wait_for_question,
)
from tests.scenarios.place import Place
from tests.scenarios.visitor import Visits, visiting

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]

BACK = Scenario.ROLLBACK


@dataclass(frozen=True)
class WentBack:
    """A version that was left, what ran before it and runs again, and the run that went back."""

    before: Release
    left: Release
    listed: Printed
    printed: Printed
    visits: Visits


@pytest.fixture(scope="module")
def back(sandbox: RunningSandbox, staging: Place) -> WentBack:
    """The last version but one runs again by `credex rollback`, while a client goes on asking."""
    before, left = with_an_earlier_one(staging), staging.release()
    with visiting(staging.outputs().api_url) as visits:
        command = ("rollback", "--env", staging.name, "--reason", "It is bad", "--wait", "--json")
        printed = credex(sandbox, *command)
    listed = credex(sandbox, "rollback", "--env", staging.name, "--list", "--json")
    push_image_everywhere(sandbox.settings, staging.branch_head())  # as the CI does of every new head
    return WentBack(before, left, listed, printed, visits)


def with_an_earlier_one(place: Place) -> Release:
    """The release that a rollback takes by itself; where there is none yet, another version is deployed."""
    try:
        number = choose(place.name, place.log.records(), None)
    except Refused:
        before = place.release()
        ended = carry_out(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=place.push().commit)
        assert ended.state == "Completed", ended.message
        return before
    release = place.log.records()[number - 1].good_release
    assert release is not None
    return release


def test_one_command_brings_the_version_before_back_and_loses_no_request(
    staging: Place, back: WentBack
) -> None:
    """The log's last word is the release of before, and that is what answers."""
    assert (back.printed.exit_code, back.printed.answer["state"]) == (0, "Completed"), back.printed.err
    assert staging.release() == back.before
    assert staging.serving()["image_digest"] == back.before.image_digest
    assert back.visits.failures == []


def test_the_branch_holds_what_runs_by_one_commit_more(staging: Place, back: WentBack) -> None:
    """Nothing is forced: what was left stays in its history."""
    head = staging.branch_head()
    assert head != back.before.commit
    assert head[:12] in back.printed.answer["message"]


def test_the_log_tells_why_and_how_long_it_took(staging: Place, back: WentBack) -> None:
    """From the trigger until the old version served; also in the run's last word and on its page."""
    records = staging.records(back.printed.answer["flow_run_id"])
    assert [record.entry.event for record in records] == [Event.STARTED, Event.SUCCEEDED]
    seconds = records[-1].entry.serving_after_seconds
    assert seconds is not None
    assert {record.entry.because for record in records} == {"It is bad"}
    assert f"It served {seconds:.0f} seconds after" in back.printed.answer["message"]
    summary = artifact(back.printed.answer["flow_run_id"], f"summary-{staging.name}")
    assert f"{seconds:.0f} seconds" in summary


def test_people_read_what_is_taken_back(staging: Place, back: WentBack) -> None:
    """The commit by name on the run's page, and in the list what may be gone back to or forward to."""
    page = artifact(back.printed.answer["flow_run_id"], f"rollback-{staging.name}")
    assert back.left.commit[:12] in page
    listed = json.loads(back.listed.out)
    assert [each["candidate"]["current"] for each in listed[:2]] == [True, False]
    assert listed[1]["candidate"]["release"]["image_digest"] == back.left.image_digest
    assert listed[1]["obstacle"] == ""


def number_of(place: Place, release: Release) -> int:
    """The newest record with which this version came to run."""
    good = [record for record in place.log.records() if record.good_release]
    return next(
        record.number
        for record in reversed(good)
        if record.good_release and record.good_release.image_digest == release.image_digest
    )


@dataclass(frozen=True)
class WentForward:
    """What an approver was shown, and the run's end."""

    shown: str
    ended: Ended


def ask_first(document: Document) -> None:
    """Have the environment want an approval."""
    document["approval"]["required"] = True


@pytest.fixture(scope="module")
def forward(staging: Place, back: WentBack) -> WentForward:
    """The version that was left is gone to again, by its record's number and with somebody's yes."""
    with changed(staging.sandbox, staging.name, ask_first):
        run_id = begin(BACK, staging.name, to=number_of(staging, back.left))
        question = wait_for_question(run_id)
    approve(question, "Tendai Ncube")
    return WentForward(question.shown, finish(run_id))


@pytest.mark.exhaustive
def test_what_was_left_can_be_gone_to_again_and_the_branch_follows(
    staging: Place, back: WentBack, forward: WentForward
) -> None:
    """Its head has all files of that version; nothing was forced. Who agreed had read which commits."""
    assert back.left.commit[:12] in forward.shown
    assert forward.ended.state == "Completed", forward.ended.message
    assert staging.release().image_digest == back.left.image_digest
    assert staging.serving()["image_digest"] == back.left.image_digest
    head = staging.branch_head()
    assert head[:12] in forward.ended.message


def test_what_runs_already_and_what_never_ran_is_refused_while_somebody_sits_there(
    sandbox: RunningSandbox, staging: Place, back: WentBack
) -> None:
    """The command says it, in one sentence with the way out, and starts nothing."""
    for number, sentence in refusals(staging):
        printed = credex(sandbox, "rollback", "--env", staging.name, "--to", str(number))
        problem, way_out = printed.err.splitlines()
        assert (printed.exit_code, printed.out, sentence in problem) == (3, "", True), printed
        assert f"credex rollback --env {staging.name} --list" in way_out


def refusals(place: Place) -> list[tuple[int, str]]:
    newest = place.log.records()[-1].number
    return [(newest, f"is what {place.name} runs now"), (newest + 90, "names no release")]


@pytest.mark.exhaustive
def test_the_run_itself_refuses_the_same(sandbox: RunningSandbox, staging: Place, back: WentBack) -> None:
    """Whoever starts it by the form or the API: nothing is planned, changed or recorded."""
    before = staging.snapshot()
    for number, sentence in refusals(staging):
        printed = trigger(sandbox, BACK, staging.name, to=str(number))
        assert (printed.exit_code, printed.answer["state"]) == (3, "Refused")
        assert sentence in printed.answer["message"]
        assert staging.records(printed.answer["flow_run_id"]) == []
    assert staging.snapshot() == before


@pytest.mark.exhaustive
def test_a_release_whose_image_is_gone_is_refused(
    sandbox: RunningSandbox, staging: Place, back: WentBack, forward: WentForward
) -> None:
    """And marked in the list, before anybody tries."""
    repository, image = staging.environment.aws.repository, {"imageDigest": back.before.image_digest}
    manifest = staging.aws.ecr.batch_get_image(repositoryName=repository, imageIds=[image])["images"][0]  # type: ignore[list-item]
    staging.aws.ecr.batch_delete_image(repositoryName=repository, imageIds=[image])  # type: ignore[list-item]
    try:
        listed = json.loads(credex(sandbox, "rollback", "--env", staging.name, "--list", "--json").out)
        ended = carry_out(BACK, staging.name)
    finally:
        staging.aws.ecr.put_image(
            repositoryName=repository,
            imageManifest=manifest["imageManifest"],
            imageManifestMediaType=manifest["imageManifestMediaType"],
            imageTag=back.before.commit,
        )
    assert ended.state == "Refused"
    assert "is gone from the ECR repository" in ended.message
    gone = {each["candidate"]["release"]["image_digest"]: each["obstacle"] for each in listed}
    assert gone[back.before.image_digest] == "its image is gone"
    assert staging.release().image_digest == back.left.image_digest
