"""Keeps how each scheduled check stands, in Prefect variables: all workers see them, AWS need not answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.variables import Variable

from models.check import Verdict
from models.names import EnvironmentName, Scenario
from models.standing import Standing, after_look
from tasks.steps import look

_LONGEST = 1000
"""Characters of a finding that are kept: a variable holds 5000."""


def standing_name(check: Scenario, environment: EnvironmentName) -> str:
    """The name of the variable."""
    return f"standing-{check}-of-{environment}"


def read_standing(
    client: SyncPrefectClient, check: Scenario, environment: EnvironmentName
) -> Standing | None:
    """How a check of an environment stands; None where it never looked."""
    found = client.read_variable_by_name(standing_name(check, environment))
    return Standing.model_validate(found.value) if found else None


@look("Note how the check stands")
def note_look(
    check: Scenario,
    environment: EnvironmentName,
    *,
    well: bool | None,
    told: str,
    unwell: Mapping[str, Verdict],
) -> Standing:
    """Note this look, which is a sign of life too; `well` is None where there was nothing to look at."""
    with get_client(sync_client=True) as client:
        before = read_standing(client, check, environment)
    now = datetime.now(UTC)
    standing = after_look(before, now, well=well, told=told[:_LONGEST], unwell=unwell)
    return _keep(check, environment, standing)


@look("Note that people know how the check stands")
def note_known(check: Scenario, environment: EnvironmentName, standing: Standing) -> Standing:
    """The standing as of now: it is no news any more."""
    return _keep(check, environment, standing.model_copy(update={"known": True}))


def _keep(check: Scenario, environment: EnvironmentName, standing: Standing) -> Standing:
    Variable.set(standing_name(check, environment), standing.model_dump(mode="json"), overwrite=True)
    return standing
