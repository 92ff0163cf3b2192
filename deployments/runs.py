"""Starts flow runs over Prefect's API and follows them to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import stamina
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, LogFilterLevel
from prefect.client.schemas.objects import FlowRun, Log
from prefect.client.schemas.sorting import LogSort
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

from deployments.pool_runs import PAGE
from deployments.story import sentence_of
from models.errors import Refused, ServiceUnavailable, SetUpError
from models.names import Scenario
from models.request import Request
from systems.environments import load_environment
from systems.waiting import Pace, wait_for
from tasks.crashed import RECENT, goes_on

_LOOK_EVERY_SECONDS = 1.0
_TRIES = 20
"""How often one idempotency key is good for another try."""

_INFO = 20

_NAMED_WITHIN = timedelta(seconds=30)
"""A step of which the server has not heard by then is told without its name: its event went lost."""

PATIENCE = timedelta(minutes=5)
"""How long a server that is busy, or away while a run is followed, is asked again."""

_BUSY = {429, 500, 502, 503, 504}

Say = Callable[[str], None]


@contextmanager
def prefect() -> Iterator[SyncPrefectClient]:
    """Prefect's client, which tries again by itself where the server answers 429, 502 or 503.

    Raises ServiceUnavailable when the server does not answer, SetUpError when it does not let us in, or none
    is set.
    """
    require_server()
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


def require_server() -> None:
    """Raise SetUpError where no server is set: Prefect would start one of its own, of which nobody knows."""
    if not PREFECT_API_URL.value():
        raise SetUpError(
            "It is not set where Prefect's server is.",
            next_step="Set PREFECT_API_URL to its address and /api; the local cloud's is in .sandbox/env.",
        )


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


def _is_busy(error: Exception) -> bool:
    """Whether Prefect's server is there and may answer in a moment: on SQLite it says 503 to many."""
    if isinstance(error, PrefectHTTPStatusError):
        return error.response.status_code in _BUSY
    return isinstance(error, httpx.TimeoutException | httpx.RemoteProtocolError)


def _may_pass(error: Exception) -> bool:
    """Whether a server that has answered before may do so again: it is busy, or started anew."""
    return isinstance(error, httpx.TransportError) or _is_busy(error)


@stamina.retry(on=_is_busy, attempts=None, timeout=PATIENCE, wait_max=30, wait_jitter=5)
def start(client: SyncPrefectClient, scenario: Scenario, request: Request, key: str) -> FlowRun:
    """Start a scenario; the same key gives the same flow run.

    A server that is busy for a while is asked again: with its key no request starts a second run.
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
        parameters={"request": request.model_dump(mode="json", exclude_defaults=True)},
        idempotency_key=key,
    )


def start_or_again(client: SyncPrefectClient, scenario: Scenario, request: Request, key: str) -> FlowRun:
    """The key's flow run; where that has ended without success, the one of the key's next try.

    A CI job that is run again so joins a run that goes on, repeats none that succeeded, and tries what failed
    once more. Raises Refused after too many tries, and whatever `start` raises.
    """
    for each in tries_of(key):
        run = start(client, scenario, request, each)
        succeeded = run.state is not None and run.state.is_completed()
        if succeeded or not has_ended(run, datetime.now(UTC)):
            return run
    raise Refused(
        f"The flow run was tried {_TRIES} times, each time without success.",
        next_step="Mend what it says, and start it with another idempotency key.",
    )


def tries_of(key: str) -> list[str]:
    """The idempotency keys of the key's first try and of those after it."""
    return [key, *(f"{key}/{number}" for number in range(2, _TRIES + 1))]


def follow(client: SyncPrefectClient, run_id: UUID, deadline_seconds: float, say: Say) -> FlowRun:
    """Wait for the end of a flow run, saying what its log says meanwhile, under the names of its steps.

    Raises ServiceUnavailable when it does not end in time, or when the server is silent for a while; it goes
    on all the same.
    """
    story = _Story(client, run_id, say)

    @stamina.retry(on=_may_pass, attempts=None, timeout=PATIENCE)
    def look() -> FlowRun | None:
        run = client.read_flow_run(run_id)
        story.tell(run)
        return run if has_ended(run, datetime.now(UTC)) else None

    ended = wait_for(look, Pace(deadline_seconds, interval_seconds=_LOOK_EVERY_SECONDS))
    if ended is None:
        raise ServiceUnavailable(
            f"The flow run did not end in {deadline_seconds / 60:.0f} minutes.",
            next_step="Follow it in Prefect's UI, or wait for it again with the same --idempotency-key.",
        )
    return ended


def has_ended(run: FlowRun, now: datetime) -> bool:
    """Whether the run is over; one that crashed is not, for as long as a worker would continue it.

    Taken for over sooner, it would go on beside the run that is started in its place.
    """
    return run.state is not None and run.state.is_final() and not goes_on(run, now)


class _Story:
    """What was told of a flow run, so that nothing is told twice."""

    def __init__(self, client: SyncPrefectClient, run_id: UUID, say: Say) -> None:
        self._client = client
        self._run_id = run_id
        self._say = say
        self._logs_told = 0
        self._standing = ""
        self._step: UUID | None = None

    def tell(self, run: FlowRun) -> None:
        """Say what is new, as far as it is known under which step it stands."""
        for log in self._new_logs():
            if not self._tell_step(log, last=bool(run.state and run.state.is_final())):
                return
            self._logs_told += 1
            sentence = sentence_of(log)
            if sentence:
                self._say(f"    {sentence}")
        standing = _standing(run)
        if standing and standing != self._standing:
            self._say(standing)
        self._standing = standing

    def _new_logs(self) -> Iterator[Log]:
        """All that is there, as a look may come late: a run's own end is looked at once."""
        while True:
            page = self._read_page()
            yield from page
            if len(page) < PAGE:
                return

    def _read_page(self) -> list[Log]:
        return self._client.read_logs(
            log_filter=LogFilter(
                flow_run_id=LogFilterFlowRunId(any_=[self._run_id]), level=LogFilterLevel(ge_=_INFO)
            ),
            limit=PAGE,
            offset=self._logs_told,
            sort=LogSort.TIMESTAMP_ASC,
        )

    def _tell_step(self, log: Log, *, last: bool) -> bool:
        """Say the step's name where it is another one; False while the server still has to learn of it.

        Prefect's server hears of a step by an event, which may come after the step's first lines.
        """
        if log.task_run_id and log.task_run_id != self._step:
            try:
                self._say(self._client.read_task_run(log.task_run_id).name)
            except ObjectNotFound:
                if not last and datetime.now(UTC) - log.timestamp < _NAMED_WITHIN:
                    return False
        self._step = log.task_run_id
        return True


def _standing(run: FlowRun) -> str:
    state = run.state
    if state is None:
        return ""
    if state.is_crashed() and not has_ended(run, datetime.now(UTC)):
        return (
            f"It crashed. A worker continues it, if one runs before {state.timestamp + RECENT:%H:%M} UTC. "
            "To end it instead, open the flow run in Prefect's UI and choose Change state, Cancelled."
        )
    if state.is_paused():
        return "It waits for an approval: open the flow run in Prefect's UI and choose Resume."
    if state.is_scheduled():
        return "It waits for a worker."
    return "A worker starts it." if state.is_pending() else ""
