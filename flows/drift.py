"""Read-only: whether anything was changed from outside, by Terraform's own look at all resources."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words, succeeded, unchanged
from models.environment import Environment
from models.names import Scenario
from models.request import DriftRequest
from tasks.changing import is_changing, is_copying
from tasks.drift import find_drift, keep_drift, require_none, show_drift
from tasks.preflight import check_environment
from tasks.recording import read_current_release

SCENARIO = Scenario.DRIFT


@flow(name=SCENARIO.value, flow_run_name="drift-{request.environment}", persist_result=True)
@ends_in_words
def drift(request: Form[DriftRequest]) -> State[Any]:
    """Look whether somebody changed an environment from outside: reality against the release in the log.

    - **Touches** nothing of the environment; what it found is kept for the deployment page.
    - **Takes** a minute or two.
    - **If it fails** the page names each change, and who made it when, where AWS tells.
    """
    environment = check_environment(request.environment)
    changing = unchanged(f"{environment.name} is being changed or backed up just now; look again after that.")
    if _is_busy(environment):
        return changing
    release = read_current_release(environment)
    if release is None:
        return unchanged(f"Nothing was deployed to {environment.name} yet, so nothing can differ.")
    found = find_drift(environment, release)
    if _is_busy(environment) or read_current_release(environment, attempt=2) != release:
        return changing
    show_drift(environment, found)
    keep_drift(environment, found, return_state=True)
    require_none(environment, found)
    return succeeded(f"{environment.name} is what its release says; nothing was changed from outside.")


def _is_busy(environment: Environment) -> bool:
    return is_changing(environment) or is_copying(environment)
