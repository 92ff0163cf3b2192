"""How every flow's end is told, where it ends as nobody thought it would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from flows.outcome import ends_in_words, succeeded, unchanged
from models.errors import ServiceUnavailable
from models.names import Scenario
from models.request import VerificationRequest
from models.standing import Standing
from tasks.standing import read_standing
from tests.tasks.conftest import prefect_api  # noqa: F401 the fixture

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]

REQUEST = VerificationRequest(environment="development")


def looked(finding: Callable[[], State[Any]]) -> Standing | None:
    """How the check stands after a run that ends so; the run's own state is looked at by nobody here."""

    @flow(name=Scenario.VERIFICATION.value)
    @ends_in_words
    def verification(request: VerificationRequest) -> State[Any]:
        return finding()

    verification(REQUEST, return_state=True)
    with get_client(sync_client=True) as client:
        return read_standing(client, Scenario.VERIFICATION, "development")


def test_a_check_that_could_not_look_is_not_well_until_it_could() -> None:
    """Neither an unexpected error nor a silent service is taken for a finding that all is well."""

    def break_down() -> State[Any]:
        raise KeyError("hunter2")

    def find_nobody() -> State[Any]:
        raise ServiceUnavailable("AWS does not answer.", next_step="Wait.")

    broken = looked(break_down)
    assert broken is not None
    assert broken.is_bad
    assert "KeyError" in broken.told
    assert "hunter2" not in broken.told, "what an unexpected error says may hold anything"
    silent = looked(find_nobody)
    assert silent is not None
    assert (silent.since, silent.told) == (broken.since, "AWS does not answer.")
    waiting = looked(lambda: unchanged("It is being changed just now."))
    assert waiting is not None
    assert waiting.is_bad, "what was not looked at is not well again"
    assert waiting.looked_at > silent.looked_at
    well = looked(lambda: succeeded("All is well."))
    assert well is not None
    assert well.well
