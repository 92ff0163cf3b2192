"""Read-only: whether the environment is what its release says."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words, succeeded, unchanged
from models.check import Verification
from models.names import Scenario
from models.request import VerificationRequest
from tasks.applying import read_outputs
from tasks.changing import is_changing
from tasks.preflight import check_environment
from tasks.recording import read_current_release
from tasks.verification import require_ours, require_success, verify

SCENARIO = Scenario.VERIFICATION


@flow(name=SCENARIO.value, flow_run_name="verify-{request.environment}", persist_result=True)
@ends_in_words
def verification(request: Form[VerificationRequest]) -> State[Any]:
    """Look whether an environment is what its release says: service, load balancer, databases, secrets.

    - **Touches** nothing.
    - **Takes** half a minute.
    - **If it fails** the verification among the run's artifacts says what is not well and what to do about
      it.
    """
    environment = check_environment(request.environment)
    if is_changing(environment):
        return unchanged(f"{environment.name} is being changed just now; the change verifies itself.")
    release = read_current_release(environment)
    if release is None:
        return unchanged(f"Nothing was deployed to {environment.name} yet, so there is nothing to verify.")
    found = verify(environment.in_slot(release.live), read_outputs(environment), release)
    require_success(found)
    require_ours(found)
    return succeeded(_what_passed(environment.name, found))


def _what_passed(name: str, found: Verification) -> str:
    if found.passed:
        return f"All {len(found.checks)} checks of {name} passed."
    return f"{name} is as its release says.{found.to_know}"
