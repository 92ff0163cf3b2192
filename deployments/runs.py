"""Starts flow runs over Prefect's API and follows them to their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, LogFilterLevel
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.sorting import LogSort
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from models.errors import Refused, ServiceUnavailable, SetUpError
from models.names import Scenario
from models.request import Request
from systems.environments import load_environment

_LOOK_EVERY_SECONDS = 1.0
_PAGE = 200
_INFO = 20

Say = Callable[[str], None]


@contextmanager
def prefect() -> Iterator[SyncPrefectClient]:
    """Prefect's client, which tries again by itself where the server answers 429, 502 or 503.

    Raises ServiceUnavailable when the server does not answer, SetUpError when it does not let us in.
    """
    try:
        with get_client(sync_client=True) as client:
            yield client
    except httpx.TransportError as error:
        raise ServiceUnavailable(
            f"Prefect's server does not answer ({type(error).__name__}).",
            next_step="Set PREFECT_API_URL to its address, or start it; on this machine: make demo.",
        ) from None
    except PrefectHTTPStatusError as error:
        raise _from_answer(error.response) from None


def _from_answer(response: httpx.Response) -> SetUpError | Refused | ServiceUnavailable:
    if response.status_code in {401, 403}:
        return SetUpError(
            "Prefect's server does not let us in.", next_step="Set PREFECT_API_AUTH_STRING to its credential."
        )
    if response.status_code == httpx.codes.CONFLICT:
        return Refused(
            f"Prefect's server refused the request: {response.json().get('detail', response.text)}.",
            next_step="Mend the parameters and try again.",
        )
    return ServiceUnavailable(
        f"Prefect's server answers {response.status_code}.", next_step="Look at its log, then try again."
    )


def start(client: SyncPrefectClient, scenario: Scenario, request: Request, key: str) -> FlowRun:
    """Start a scenario; the same key gives the same flow run.

    Raises Refused for an unknown environment, SetUpError when the deployment is not registered.
    """
    load_environment(request.environment)
    try:
        deployment = client.read_deployment_by_name(f"{scenario}/{scenario}")
    except ObjectNotFound:
        raise SetUpError(
            f"Prefect's server knows no deployment {scenario}/{scenario}.",
            next_step="Register all with: prefect --no-prompt deploy --all",
        ) from None
    return client.create_flow_run_from_deployment(
        deployment.id,
        parameters={"request": request.model_dump(mode="json", exclude_none=True)},
        idempotency_key=key,
    )


def follow(client: SyncPrefectClient, run_id: UUID, deadline_seconds: float, say: Say) -> FlowRun:
    """Wait for the end of a flow run, saying what its log says meanwhile.

    Raises ServiceUnavailable when it does not end in time; it goes on all the same.
    """
    deadline = time.monotonic() + deadline_seconds
    seen, told = 0, ""
    while True:
        run = client.read_flow_run(run_id)
        seen = _say_new_logs(client, run_id, seen, say)
        if run.state and run.state.is_final():
            _say_new_logs(client, run_id, seen, say)
            return run
        told = _say_where_it_stands(run, told, say)
        if time.monotonic() > deadline:
            raise ServiceUnavailable(
                f"Flow run {run.name} did not end in {deadline_seconds / 60:.0f} minutes; it goes on.",
                next_step="Follow it in Prefect's UI, or wait for it again with the same --idempotency-key.",
            )
        time.sleep(_LOOK_EVERY_SECONDS)


def _say_where_it_stands(run: FlowRun, told: str, say: Say) -> str:
    sentence = _standing(run.state)
    if sentence != told and sentence:
        say(sentence)
    return sentence


def _standing(state: State | None) -> str:
    if state is None or state.is_running():
        return ""
    if state.is_paused():
        return "It waits for an approval: open the flow run in Prefect's UI and choose Resume."
    return f"It is {(state.name or state.type.value).lower()}."


def _say_new_logs(client: SyncPrefectClient, run_id: UUID, seen: int, say: Say) -> int:
    logs = client.read_logs(
        log_filter=LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id]), level=LogFilterLevel(ge_=_INFO)),
        limit=_PAGE,
        offset=seen,
        sort=LogSort.TIMESTAMP_ASC,
    )
    for log in logs:
        say(log.message)
    return seen + len(logs)
