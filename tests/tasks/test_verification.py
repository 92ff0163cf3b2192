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
from systems.environments import load_environment
from tasks.verification import check_load_balancer
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
