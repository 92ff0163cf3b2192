"""What `credex approve` reads of a question before somebody answers it."""

from __future__ import annotations

import asyncio

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Suspended

from deployments.answering import asks_for_code, page_of
from tasks.approval import ApprovalForm, CodedApprovalForm
from tests.deployments.dead_runs import bring_to, deployed_run

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]


@pytest.mark.parametrize("form", [ApprovalForm, CodedApprovalForm])
def test_a_code_is_asked_for_where_the_question_itself_does(form: type[ApprovalForm]) -> None:
    """Not where the environment does that the run was started for: a hotfix asks about the stage before."""
    asyncio.run(_ask_and_look(form))


async def _ask_and_look(form: type[ApprovalForm]) -> None:
    waits: State[None] = Suspended(pause_key="apply-abc-1")
    async with get_client() as client:
        run_id = await deployed_run(client)
        await bring_to(client, run_id, waits)
    asked = form.with_initial_data(description="# The plan")
    await asked.asave(keyset_from_paused_state(waits), run_id)
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
        assert page_of(client, run) == "# The plan"
        assert asks_for_code(client, run) is (form is CodedApprovalForm)
