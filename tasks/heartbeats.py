"""Asks Prefect how the clock's checks of an environment stand, and when they are to look next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from models.check import Check
from models.heartbeat import Planned, heartbeat
from models.names import EnvironmentName, Scenario
from models.scenarios import REQUESTS
from models.standing import CHECKS
from tasks.standing import read_standing


def heartbeats(client: SyncPrefectClient, environment: EnvironmentName) -> list[Check]:
    """Each check that the clock starts: when it last looked, what it found, and whether it still runs."""
    now = datetime.now(UTC)
    return [
        heartbeat(
            check,
            environment,
            read_standing(client, check, environment),
            read_planned(client, check, environment),
            now,
        )
        for check in CHECKS
        if check in REQUESTS
    ]


def read_planned(client: SyncPrefectClient, check: Scenario, environment: EnvironmentName) -> Planned | None:
    """When a check of an environment is to look; None where no schedule of that name starts it."""
    try:
        deployment = client.read_deployment_by_name(f"{check}/{check}")
    except ObjectNotFound:
        return None
    own = [schedule for schedule in deployment.schedules if schedule.slug == environment]
    if not own:
        return None
    since = own[0].created or datetime.now(UTC)
    runs = [run.expected_start_time for run in _scheduled(client, deployment) if _is_of(run, environment)]
    return Planned(
        since=since,
        active=own[0].active and not deployment.paused,
        # Prefect 3.9.1 empties the parameters of a schedule that is paused or resumed over its API.
        intact=_names(own[0].parameters, environment),
        next_runs=[time for time in runs if time],
    )


def _scheduled(client: SyncPrefectClient, deployment: DeploymentResponse) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        ),
        limit=200,
    )


def _is_of(run: FlowRun, environment: EnvironmentName) -> bool:
    return bool(run.auto_scheduled) and _names(run.parameters, environment)


def _names(parameters: dict[str, Any], environment: EnvironmentName) -> bool:
    return bool(parameters.get("request", {}).get("environment") == environment)
