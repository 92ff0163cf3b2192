"""Whether a run that goes on after a kill keeps to its plan, plans anew, or stops in its middle."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from prefect.logging import disable_run_logger

from models.change import Change
from models.errors import HalfApplied, StateLocked
from models.log import Event
from models.names import Scenario
from models.plan import Plan, SavedPlan, StateIdentity
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks.applying import apply_plan, is_fresh
from tasks.planning import plan_store
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.systems.aws.entries import release
from tests.tasks.locked_terraform import use_locked_terraform

ENVIRONMENT = load_environment("development")
EMPTY = Plan(format_version="1.2", changes=[], changes_digest="0" * 64)
STATE = StateIdentity(lineage="of-testing", serial=7)


def a_change(run: str) -> Change:
    """A rollback whose plan does nothing: both releases run the same."""
    return Change(
        scenario=Scenario.ROLLBACK,
        environment=ENVIRONMENT,
        requester="Ada",
        flow_run_id=run,
        flow_run_name=f"the run {run}",
        current=None,
        release=release("b").model_copy(update={"environment": ENVIRONMENT.name}),
        saved=SavedPlan(key="plans/x", sha256=run[0] * 64, state=STATE, plan=EMPTY),
    )


@pytest.fixture
def log(address: str) -> DeploymentLog:  # noqa: F811
    """An empty log, beside a state that the plans were made against."""
    aws, settings = Aws(ENVIRONMENT.aws.region), ENVIRONMENT.aws
    for bucket in (settings.state_bucket, settings.releases_bucket):
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    state = json.dumps({"version": 4, "lineage": STATE.lineage, "serial": STATE.serial})
    aws.s3.put_object(Bucket=settings.state_bucket, Key=settings.state_key, Body=state.encode())
    return DeploymentLog(aws, settings.releases_bucket, ENVIRONMENT.name)


@pytest.mark.parametrize("end", [Event.SUCCEEDED, Event.UNCHANGED])
def test_a_run_that_recorded_its_good_end_goes_on_to_say_so(log: DeploymentLog, end: Event) -> None:
    """Its own record is no change by others, after which there would be nothing left to go back to."""
    ours, others = a_change("a-run"), a_change("b-run")
    with disable_run_logger():
        assert is_fresh.fn(ours)
        log.append(ours.entry(end))
        assert is_fresh.fn(ours)
        assert not is_fresh.fn(others), "what they planned from is no more"
        log.append(others.entry(Event.STARTED))
        assert not is_fresh.fn(ours), "somebody else came after it"


@pytest.fixture
def planned(log: DeploymentLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """A change whose plan is saved, on a machine where somebody else locks the state."""
    use_locked_terraform(tmp_path, monkeypatch)
    kms = Aws(ENVIRONMENT.aws.region).kms
    kms.create_alias(
        AliasName=ENVIRONMENT.aws.key_alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"]
    )
    file = tmp_path / "release.tfplan"
    file.write_text("a plan")
    change, sha256 = a_change("a-run"), hashlib.sha256(file.read_bytes()).hexdigest()
    key = plan_store(ENVIRONMENT).put(file, flow_run_id=change.flow_run_id, sha256=sha256)
    saved = change.saved.model_copy(update={"key": key, "sha256": sha256})
    return change.model_copy(update={"saved": saved})


def test_a_lock_that_keeps_an_apply_from_its_rest_is_told_from_one_that_kept_it_from_its_start(
    planned: Change,
) -> None:
    """At its start nothing was applied; afterwards nobody knows what was."""
    with disable_run_logger():
        with pytest.raises(StateLocked):
            apply_plan.fn(planned)
        with pytest.raises(HalfApplied) as rest:
            apply_plan.fn(planned)
    assert "half applied" in rest.value.problem
    assert "locked by ann@laptop" in rest.value.problem
    assert "terraform force-unlock 1" in rest.value.next_step
