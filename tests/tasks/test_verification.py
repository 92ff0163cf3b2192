"""What verification says to do, where that depends on what Terraform has put out."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest
from prefect import flow
from prefect.logging import disable_run_logger
from prefect.settings import temporary_settings

from flows.recorded import with_branches
from models.check import Check, Verdict, Verification
from models.outputs import Outputs
from models.rollout_checks import COUNT
from systems.environments import load_environment
from tasks.verification import check_load_balancer, check_service
from tests.tasks.test_applying import a_change

BALANCER = "credex-production-1.af-south-1.elb.amazonaws.com"
OUTPUTS = Outputs(
    bolt_urls={},
    cluster="cluster",
    service="service",
    api_url="https://api.credex.example",
    task_definition="arn:task",
    load_balancer=BALANCER,
)


def test_a_first_deployment_says_where_the_apis_name_has_to_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its load balancer was made a moment ago; targets and logs would be the wrong place to look."""

    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with disable_run_logger():
        (check,) = check_load_balancer.fn(load_environment("production"), OUTPUTS, a_change("a-run").release)
    assert check.verdict is Verdict.FAILED
    assert check.next_step.startswith(f"Let api.credex.example point to {BALANCER}, ")


@pytest.mark.parametrize("seconds", [60, 0.01], ids=["settles", "does not"])
def test_a_service_is_looked_at_again_while_ecs_replaces_a_task(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """One look in that moment would have a good release put back."""
    missing = Check(name=COUNT, verdict=Verdict.FAILED, detail="1 of 2 run, 1 are starting")
    there = Check(name=COUNT, verdict=Verdict.PASSED, detail="2 of 2 run")
    looks = iter([[missing], [missing], [there]] if seconds > 1 else [[missing]] * 2)
    monkeypatch.setattr("tasks.verification.service_evidence", lambda *_: next(looks))
    environment = load_environment("production")
    service = environment.service.model_copy(update={"settles_within_seconds": seconds})
    found = check_service.fn(
        environment.model_copy(update={"service": service}), OUTPUTS, a_change("a-run").release
    )
    assert found == ([there] if seconds > 1 else [missing])


@pytest.mark.sandbox
@pytest.mark.usefixtures("prefect_api")
def test_a_page_that_cannot_be_written_undoes_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect's server may be away for a minute, and what was deployed serves."""
    send, lost = httpx.Client.send, []

    def away(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401 httpx's own
        if request.url.path.endswith("/artifacts/"):
            lost.append(request)
            raise httpx.ConnectError("away", request=request)
        return send(client, request, **options)

    @flow
    def ends() -> Verification:
        passed = Check(name="The service", verdict=Verdict.PASSED, detail="serves")
        return with_branches(a_change("a-run"), Verification(checks=[passed]), [])[1]

    monkeypatch.setattr(httpx.Client, "send", away)
    with temporary_settings({"client.max_retries": 0}):
        assert ends().verdict is Verdict.PASSED
    assert lost
