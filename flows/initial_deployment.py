"""Scenario 1: a whole environment from nothing: databases first, then the application that uses them."""

from __future__ import annotations

from functools import partial
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish, finish_mended
from models.change import Change
from models.elsewhere import moved_page
from models.environment import Environment
from models.errors import Refused
from models.log import Event
from models.names import CommitSha, DatabaseName, ImageDigest, Scenario
from models.release import Release
from models.request import InitialDeploymentRequest
from tasks.applying import apply_plan, apply_step, read_outputs
from tasks.bootstrap import lay_foundation
from tasks.configuration import find_moved, prepare_secrets, write_bolt_urls, write_github_secrets
from tasks.databases import create_constraints, wait_for_database
from tasks.informing import inform
from tasks.known_configuration import noting_first_values
from tasks.left_serving import left_serving
from tasks.planning import plan_rollout
from tasks.preflight import check_environment
from tasks.recording import read_current_release
from tasks.rollout import count_tasks, restart_application, wait_for_targets, watch_release
from tasks.sources import check_promotion, find_commit, find_image
from tasks.verification import require_success, verify

SCENARIO = Scenario.INITIAL_DEPLOYMENT


@flow(name=SCENARIO.value, flow_run_name="build-{request.environment}", persist_result=True)
@ends_in_words
def initial_deployment(request: Form[InitialDeploymentRequest]) -> State[Any]:
    """Build an environment from nothing, or finish one whose building was interrupted.

    - **Touches** everything, but only creates: a plan that would change or destroy what holds data is
      refused.
    - **Takes** about ten minutes on AWS.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** start it again: it goes on from where it stopped. Run on a whole environment it
      changes nothing and says so; what a failed change has left serving there stays.
    """
    environment = check_environment(request.environment)
    lay_foundation(environment)
    serving = left_serving(environment, read_current_release(environment))
    commit, digest = _image_of(environment, request, serving)
    check_promotion(environment, digest)
    moved = find_moved(environment)
    prepare_secrets(environment)

    def next_release(current: Release | None) -> Release:
        first = Release(
            environment=environment.name,
            commit=commit,
            image_digest=digest,
            desired_count=request.desired_count or environment.first_release.desired_count,
            databases=environment.first_release.databases,
        )
        return _same_or_refuse(request, left_serving(environment, current), first)

    def databases_first(current: Release | None, attempt: int) -> Release:
        whole = next_release(current)
        if current is not None:
            return whole
        return whole.model_copy(update={"desired_count": count_tasks(environment, attempt)})

    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=next_release,
        carry_out=partial(carry_out, moved),
        planned=databases_first,
        also_shown=(lambda _change: moved_page(environment, moved)) if moved else None,
    )


def _image_of(
    environment: Environment, request: InitialDeploymentRequest, current: Release | None
) -> tuple[CommitSha, ImageDigest]:
    """What is built: a whole environment keeps what it runs, whatever its branch came to since."""
    if current is not None and not request.commit:
        return current.commit, current.image_digest
    commit = find_commit(environment, request.commit or environment.github.branch)
    return commit, find_image(environment, commit)


def _same_or_refuse(request: InitialDeploymentRequest, current: Release | None, first: Release) -> Release:
    if current is None:
        return first
    asked_for_more = (request.commit and current.commit != first.commit) or (
        request.desired_count and current.desired_count != first.desired_count
    )
    if asked_for_more:
        raise Refused(
            f"{current.environment} is built already and runs commit {current.commit[:12]} with "
            f"{current.desired_count} tasks.",
            next_step="Use application-deployment for another commit, scaling for another number of tasks.",
        )
    return current


def carry_out(moved: dict[DatabaseName, str], change: Change) -> State[Any]:
    """Infrastructure and databases, then what they need to know of each other, then the application.

    Where a release serves already, the plan was the whole one, and there is no second; one that another
    change left serving is for that change to record. Tasks that know the address of a database elsewhere
    which has `moved` start anew.
    """
    environment, release = change.environment, change.release
    with last_good_release_on_failure(change):
        inform(change, Event.STARTED)
        if change.changes_anything:
            apply_plan(change)
        outputs = read_outputs(environment)
        for database in DatabaseName:
            wait_for_database(environment, outputs, database)
            create_constraints(environment, outputs, database)
        write_bolt_urls(environment, outputs)
        written = write_github_secrets(environment)
        if change.current is None:
            rollout = plan_rollout(change)
            if rollout.changes_anything:
                apply_step(rollout)
        if moved:
            restart_application(environment, outputs, list(moved))
        watch_release(environment, outputs, release)
        wait_for_targets(environment, outputs, release)
        verification = verify(environment, outputs, release, written=written)
        require_success(verification)
    noted = noting_first_values(change, written)
    if change.current is None or change.current == release:
        return finish(noted, verification, outputs, changed_data=bool(moved))
    return finish_mended(noted, verification)
