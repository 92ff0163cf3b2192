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
from models.check import Check, Verdict, Verification, Weight
from models.configuration_checks import BY_OTHERS
from models.drift import Drift, OutsideChange
from models.errors import DriftFound, NotServing, VerificationFailed
from models.outputs import Outputs
from models.rollout_checks import COUNT
from systems.environments import load_environment
from tasks.drift import require_none
from tasks.verification import (
    check_load_balancer,
    check_service,
    require_ours,
    require_success,
)
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


def a_check(name: str, verdict: Verdict, weight: Weight = Weight.NEEDED) -> Check:
    """One of a verification."""
    return Check(name=name, verdict=verdict, detail="is not there", weight=weight)


def test_a_failed_verification_names_all_that_is_not_well() -> None:
    """The sentence tells the worst; whether there is more than at the look before is told by the names."""
    secrets, ledger = a_check("Secrets", Verdict.FAILED), a_check("Ledger", Verdict.INCONCLUSIVE)
    flag = a_check("A job's flag", Verdict.FAILED, Weight.TOLD)
    with pytest.raises(VerificationFailed, match="Secrets: is not there") as caught:
        require_success(Verification(checks=[flag, ledger, secrets]))
    assert caught.value.unwell == {"Secrets": Verdict.FAILED, "Ledger": Verdict.INCONCLUSIVE}
    service = a_check("Service", Verdict.FAILED, Weight.SERVING)
    with pytest.raises(NotServing) as caught:
        require_success(Verification(checks=[service, secrets]))
    assert set(caught.value.unwell) == {"Service", "Secrets"}
    with pytest.raises(VerificationFailed) as caught:
        require_ours(Verification(checks=[a_check(BY_OTHERS, Verdict.FAILED, Weight.TOLD)]))
    assert set(caught.value.unwell) == {BY_OTHERS}


def test_drift_names_each_resource() -> None:
    """One more resource is told, whoever knows of the others."""
    changes = [OutsideChange(address=address, how="is missing") for address in ("a.one", "b.two")]
    with pytest.raises(DriftFound) as caught:
        require_none(load_environment("production"), Drift(changes=changes))
    assert set(caught.value.unwell) == {"a.one", "b.two"}
