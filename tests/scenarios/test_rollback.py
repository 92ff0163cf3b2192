"""Scenario 4 from end to end: back, forward again, and what is refused before anything is changed."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from models.log import Event
from models.names import Scenario
from models.release import Release
from sandbox.pushing import head_of_branch
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import Ended, Printed, artifact, carry_out, credex, trigger
from tests.scenarios.place import Image, Place
from tests.scenarios.visitor import Visits, visiting

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900)]

BACK = Scenario.ROLLBACK


def current(place: Place) -> Release:
    release = place.log.current_release()
    assert release is not None
    return release


@dataclass(frozen=True)
class WentBack:
    """A bad version that was deployed, what ran before it, and the run that went back."""

    before: Release
    bad: Image
    listed: Printed
    printed: Printed
    visits: Visits


@pytest.fixture(scope="module")
def back(sandbox: RunningSandbox, development: Place) -> WentBack:
    """A version is deployed and left again by `credex rollback`, while a client goes on asking."""
    before, bad = current(development), development.push()
    ended = carry_out(Scenario.APPLICATION_DEPLOYMENT, development.name, commit=bad.commit)
    assert ended.state == "Completed", ended.message
    with visiting(development.outputs().api_url) as visits:
        printed = credex(
            sandbox, "rollback", "--env", development.name, "--reason", "It is bad", "--wait", "--json"
        )
    listed = credex(sandbox, "rollback", "--env", development.name, "--list", "--json")
    return WentBack(before, bad, listed, printed, visits)


def test_one_command_brings_the_version_before_back_and_loses_no_request(
    development: Place, back: WentBack
) -> None:
    """The log's last word is the release of before, and that is what answers."""
    assert (back.printed.exit_code, back.printed.answer["state"]) == (0, "Completed"), back.printed.err
    assert current(development) == back.before
    assert development.serving()["image_digest"] == back.before.image_digest
    assert back.visits.failures == []


def test_the_branch_holds_what_runs_by_one_commit_more(development: Place, back: WentBack) -> None:
    """Its files are those of the release; the bad commit stays in its history."""
    head = head_of_branch(development.sandbox, development.environment)
    assert head != back.before.commit
    assert head[:12] in back.printed.answer["message"]


def test_the_log_tells_why_and_how_long_it_took(development: Place, back: WentBack) -> None:
    """From the trigger until the old version served; also in the run's last word and on its page."""
    records = development.records(back.printed.answer["flow_run_id"])
    assert [record.entry.event for record in records] == [Event.STARTED, Event.SUCCEEDED]
    seconds = records[-1].entry.serving_after_seconds
    assert seconds is not None
    assert {record.entry.because for record in records} == {"It is bad"}
    assert f"It served {seconds:.0f} seconds after" in back.printed.answer["message"]
    summary = artifact(back.printed.answer["flow_run_id"], f"summary-{development.name}")
    assert f"{seconds:.0f} seconds" in summary


def test_people_read_what_is_taken_back(development: Place, back: WentBack) -> None:
    """The commit by name on the run's page, and in the list what may be gone back to or forward to."""
    page = artifact(back.printed.answer["flow_run_id"], f"rollback-{development.name}")
    assert back.bad.commit[:12] in page
    listed = json.loads(back.listed.out)
    assert [each["candidate"]["current"] for each in listed[:2]] == [True, False]
    assert listed[1]["candidate"]["release"]["image_digest"] == back.bad.digest
    assert listed[1]["obstacle"] == ""


@pytest.fixture(scope="module")
def forward(sandbox: RunningSandbox, development: Place, back: WentBack) -> Ended:
    """The version that was left is gone to again, by its record's number."""
    number = next(
        record.number
        for record in reversed(development.log.records())
        if record.good_release is not None and record.good_release.image_digest == back.bad.digest
    )
    return carry_out(BACK, development.name, to=number)


def test_what_was_left_can_be_gone_to_again_and_the_branch_follows(
    development: Place, back: WentBack, forward: Ended
) -> None:
    """Its head has all files of that version; nothing was forced."""
    assert forward.state == "Completed", forward.message
    assert current(development).image_digest == back.bad.digest
    assert development.serving()["image_digest"] == back.bad.digest
    head = head_of_branch(development.sandbox, development.environment)
    assert head[:12] in forward.message


def test_what_runs_already_and_what_never_ran_is_refused(
    sandbox: RunningSandbox, development: Place, forward: Ended
) -> None:
    """In one sentence with the way out; nothing is planned, changed or recorded."""
    before = development.snapshot()
    newest = development.log.records()[-1].number
    for number, sentence in ((newest, "is what development runs now"), (newest + 90, "names no release")):
        printed = trigger(sandbox, BACK, development.name, to=str(number))
        assert (printed.exit_code, printed.answer["state"]) == (3, "Refused")
        assert sentence in printed.answer["message"]
        assert f"credex rollback --env {development.name} --list" in printed.answer["message"]
        assert development.records(printed.answer["flow_run_id"]) == []
    assert development.snapshot() == before


def test_a_release_whose_image_is_gone_is_refused(
    sandbox: RunningSandbox, development: Place, back: WentBack, forward: Ended
) -> None:
    """And marked in the list, before anybody tries."""
    repository, image = development.environment.aws.repository, {"imageDigest": back.before.image_digest}
    manifest = development.aws.ecr.batch_get_image(repositoryName=repository, imageIds=[image])["images"][0]  # type: ignore[list-item]
    development.aws.ecr.batch_delete_image(repositoryName=repository, imageIds=[image])  # type: ignore[list-item]
    try:
        listed = json.loads(credex(sandbox, "rollback", "--env", development.name, "--list", "--json").out)
        ended = carry_out(BACK, development.name)
    finally:
        development.aws.ecr.put_image(
            repositoryName=repository,
            imageManifest=manifest["imageManifest"],
            imageManifestMediaType=manifest["imageManifestMediaType"],
            imageTag=back.before.commit,
        )
    assert ended.state == "Refused"
    assert "is gone from the ECR repository" in ended.message
    gone = {each["candidate"]["release"]["image_digest"]: each["obstacle"] for each in listed}
    assert gone[back.before.image_digest] == "its image is gone"
    assert current(development).image_digest == back.bad.digest
