"""Scenario 2 from end to end: a good image, images that do not come up, and two people at once."""

from __future__ import annotations

import pytest

from models.log import Event
from models.names import Scenario
from sandbox.pushing import push_image_everywhere
from tests.conftest import RunningSandbox
from tests.scenarios.branches import repository_of
from tests.scenarios.front_door import carry_out, trigger
from tests.scenarios.place import Place
from tests.scenarios.twice import Twice
from tests.scenarios.untouched import Databases
from tests.scenarios.visitor import visiting

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]

DEPLOY = Scenario.APPLICATION_DEPLOYMENT


def test_of_two_deployments_at_once_the_second_waits_and_says_for_whom(
    staging: Place, staging_twice: Twice
) -> None:
    """One changes the environment while the other waits; then that one plans again, on what it finds."""
    first, second = staging_twice.ended
    assert (first.state, second.state) == ("Completed", "Completed"), (first.message, second.message)
    assert "Waiting for flow run deploy-staging, which is changing the environment." in second.story
    assert "Something was applied since this plan was made; planning again." in second.story
    assert staging.serving()["image_digest"] == staging_twice.images[1].digest
    numbers = [[record.number for record in staging.records(ended.run_id)] for ended in (first, second)]
    assert max(numbers[0]) < min(numbers[1])


def test_a_new_commit_is_deployed_and_nothing_else_changes(staging: Place, staging_twice: Twice) -> None:
    """The new digests serve, without a failed request; the count is kept and the databases untouched."""
    before, (first, second) = staging_twice.before, staging_twice.images
    assert staging_twice.visits.failures == []
    seen = list(dict.fromkeys(staging_twice.visits.digests))
    assert seen == [before.image_digest, first.digest, second.digest]
    wanted = [
        before.model_copy(update={"commit": image.commit, "image_digest": image.digest})
        for image in staging_twice.images
    ]
    for release, ended in zip(wanted, staging_twice.ended, strict=True):
        started, end = (record.entry for record in staging.records(ended.run_id))
        assert (started.event, end.event) == (Event.STARTED, Event.SUCCEEDED)
        assert end.release == release
    assert staging.log.current_release() == wanted[-1]
    assert staging.service().running == before.desired_count
    staging_twice.databases.require_untouched()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        pytest.param("crash", "exit", id="that crashes at its start", marks=pytest.mark.exhaustive),
        pytest.param("sick", "health", id="that answers its health check with an error"),
    ],
)
def test_an_image_that_does_not_come_up_ends_rolled_back(
    staging: Place, sandbox: RunningSandbox, behaviour: str, reason: str
) -> None:
    """Terraform said that all went well; the run does not, and the old version serves throughout."""
    image, old, databases = staging.push(behaviour), staging.release(), Databases.of(staging)
    with visiting(staging.outputs().api_url) as visits:
        printed = trigger(sandbox, DEPLOY, staging.name, commit=image.commit)
    assert printed.exit_code == 5, printed
    assert printed.answer["state"] == "Rolled back"
    assert f"is back on commit {old.commit[:12]}, verified" in printed.answer["message"]
    assert visits.failures == []
    assert set(visits.digests) == {old.image_digest}
    records = staging.records(printed.answer["flow_run_id"])
    failed, back = (
        next(record.entry for record in records if record.entry.event is event)
        for event in (Event.FAILED, Event.ROLLED_BACK)
    )
    assert failed.release is not None
    assert failed.release.image_digest == image.digest
    assert reason in failed.reason.lower()
    assert (back.release, back.reason) == (old, failed.reason)
    databases.require_untouched()
    assert staging.log.verify() == []


@pytest.mark.exhaustive  # the initial deployment that is run again later plans nothing either
def test_after_a_roll_back_the_state_is_in_step(staging: Place) -> None:
    """Deploying what runs already plans nothing, so Terraform's state is what ECS runs."""
    release = staging.release()
    before = staging.snapshot()
    ended = carry_out(DEPLOY, staging.name, commit=release.commit)
    assert ended.state == "Unchanged", ended.message
    assert staging.snapshot() == before
    assert staging.serving()["image_digest"] == release.image_digest


def test_a_commit_that_what_runs_contains_is_not_deployed_over_it(staging: Place) -> None:
    """As by the slower of two CI jobs; nobody would be told that staging went back."""
    release, before = staging.release(), staging.snapshot()
    parent = repository_of(staging).get_commit(release.commit).parents[0]
    push_image_everywhere(staging.sandbox, parent.sha)
    ended = carry_out(DEPLOY, staging.name, commit=parent.sha)
    assert ended.state == "Unchanged", ended.message
    assert f"which contains {parent.sha[:12]} and is newer" in ended.message
    assert "credex rollback --env staging" in ended.message
    assert (staging.release(), staging.snapshot()) == (release, before)


@pytest.mark.exhaustive
def test_what_is_left_serving_stays_while_what_is_missing_is_mended(staging: Place) -> None:
    """The advice for a missing secret brings no older version back; the deployment goes on after it."""
    before, image = staging.release(), staging.push()
    staging.delete_secret("JWT_SECRET")
    left = carry_out(DEPLOY, staging.name, commit=image.commit)
    assert left.state == "Failed", left.message
    assert "Run initial-deployment again" in left.message
    mended = carry_out(Scenario.INITIAL_DEPLOYMENT, staging.name)
    assert mended.state == "Completed", mended.message
    assert "start that change again to have it recorded as good" in mended.message
    assert "JWT_SECRET" in staging.secrets_written_at()
    assert staging.serving()["image_digest"] == image.digest
    assert staging.log.current_release() == before
    again = carry_out(DEPLOY, staging.name, commit=image.commit)
    assert again.state == "Completed", again.message
    wanted = {"commit": image.commit, "image_digest": image.digest}
    assert staging.log.current_release() == before.model_copy(update=wanted)
