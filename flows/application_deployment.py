"""Scenario 2: another version of the application; nothing of the databases changes."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words, unchanged
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from models.change import Change
from models.check import Verification
from models.errors import Superseded
from models.log import Event
from models.names import Scenario
from models.outputs import Outputs
from models.release import Release
from models.request import ApplicationDeploymentRequest
from tasks.applying import apply_plan, read_outputs
from tasks.databases import identities_if_told, read_identities
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.recording import require_release
from tasks.rollout import wait_for_targets, watch_release
from tasks.sources import check_not_superseded, check_promotion, find_commit, find_image
from tasks.verification import require_success, verify

SCENARIO = Scenario.APPLICATION_DEPLOYMENT


@flow(name=SCENARIO.value, flow_run_name="deploy-{request.environment}", persist_result=True)
@ends_in_words
def application_deployment(request: Form[ApplicationDeploymentRequest]) -> State[Any]:
    """Deploy the image of a commit to an environment that is already built.

    - **Touches** the task definition and the service, nothing else: a plan that would touch more is refused.
    - **Takes** some minutes.
    - **Asks** for an approval where the environment wants one.
    - **Deploys nothing** where what runs contains the commit already, unless it is told to.
    - **If it fails** the version before it serves, and the log says so: mend the image and deploy again.
    """
    environment = check_environment(request.environment)
    commit = find_commit(environment, request.commit or environment.github.branch)
    digest = find_image(environment, commit)
    check_promotion(environment, digest)

    def next_release(current: Release | None) -> Release:
        now = require_release(environment, current)
        if not request.allow_older:
            check_not_superseded(environment, commit, now)
        return now.model_copy(update={"commit": commit, "image_digest": digest})

    try:
        return on_the_rail(environment, SCENARIO, request, next_release=next_release, carry_out=carry_out)
    except Superseded as newer:
        return unchanged(f"Nothing to deploy: {newer}")


def carry_out(change: Change) -> State[Any]:
    """Apply, watch, verify, record; on failure the last good release is put back."""
    return finish(change, *bring_up(change))


def bring_up(change: Change, *, is_cure: bool = False) -> tuple[Verification, Outputs]:
    """Apply, watch and verify; on failure the last good release is put back.

    A change that may be the cure of what is wrong is not refused because a database lets nobody log in.
    """
    with last_good_release_on_failure(change):
        before, besides = identities_if_told(change) if is_cure else (read_identities(change), [])
        outputs = roll_out(change)
        verification = verify(change.environment, outputs, change.release, before, besides=besides)
        require_success(verification)
    return verification, outputs


def roll_out(change: Change) -> Outputs:
    """Apply, and follow the release until the load balancer's targets are well."""
    environment, release = change.environment, change.release
    inform(change, Event.STARTED)
    if change.changes_anything:
        apply_plan(change)
    outputs = read_outputs(environment)
    watch_release(environment, outputs, release)
    wait_for_targets(environment, outputs, release)
    return outputs
