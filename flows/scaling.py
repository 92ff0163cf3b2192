"""Scenario 6: another number of the application's tasks, which later deployments keep."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from models.change import Change
from models.log import Event
from models.names import Scenario
from models.release import Release
from models.request import ScalingRequest
from models.scaling import notes_on_count, require_sensible
from tasks.applying import apply_plan, read_outputs
from tasks.databases import identities_if_told
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.recording import read_current_release, require_release
from tasks.rollout import wait_for_targets
from tasks.scaling import check_every_task, check_room, watch_tasks
from tasks.verification import require_success, verify

SCENARIO = Scenario.SCALING


@flow(name=SCENARIO.value, flow_run_name="scale-{request.environment}", persist_result=True)
@ends_in_words
def scaling(request: Form[ScalingRequest]) -> State[Any]:
    """Run another number of the application's tasks; the same version, and later deployments keep the number.

    - **Touches** the service's number of tasks, nothing else: a plan that would touch more is refused.
    - **Takes** a minute or two.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** the number before it is put back, and the log says so: mend the cause and scale again.
    """
    environment = check_environment(request.environment)
    require_sensible(environment.name, environment.limits, request.desired_count, request.reason)
    require_release(environment, read_current_release(environment))
    check_room(environment, read_outputs(environment), request.desired_count)

    def next_release(current: Release | None) -> Release:
        release = require_release(environment, current)
        return release.model_copy(update={"desired_count": request.desired_count})

    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=next_release,
        carry_out=carry_out,
        notes=notes_on_count,
        because=request.reason,
    )


def carry_out(change: Change) -> State[Any]:
    """Apply, watch, ask every task, verify; on failure the number before is put back."""
    environment, release = change.environment, change.release
    with last_good_release_on_failure(change):
        before, unknown = identities_if_told(change)
        inform(change, Event.STARTED)
        if change.changes_anything:
            apply_plan(change)
        outputs = read_outputs(environment)
        watch_tasks(change, outputs)
        wait_for_targets(environment, outputs, release)
        reached = check_every_task(environment, outputs, release)
        verification = verify(environment, outputs, release, before, besides=[*reached, *unknown])
        require_success(verification)
    return finish(change, verification, outputs)
