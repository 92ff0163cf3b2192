"""Whether an approver's answer is a yes: the code proves who they are, and is good once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pyotp
import pytest
from prefect.logging import disable_run_logger

from models.answer import Objection
from models.approval import Approval
from models.change import Change
from systems.environments import load_environment
from tasks import answers
from tasks.answers import judge_answer
from tasks.questions import Given
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.tasks.test_applying import a_change

ENVIRONMENT = load_environment("production")
APPROVER = ENVIRONMENT.approval.approvers[0]


@pytest.fixture
def totp(address: str) -> pyotp.TOTP:  # noqa: F811
    """What the approver's app makes codes from; SSM has the secret."""
    secret = pyotp.random_base32()
    boto3.client("ssm").put_parameter(Name=APPROVER.code_parameter, Value=secret, Type="SecureString")
    boto3.client("s3").create_bucket(
        Bucket=ENVIRONMENT.aws.releases_bucket,
        CreateBucketConfiguration={"LocationConstraint": "af-south-1"},
    )
    return pyotp.TOTP(secret)


def test_who_comes_second_with_a_code_learns_which_run_it_was_used_for(
    totp: pyotp.TOTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may read Prefect's API may have read it before a worker did."""
    now = datetime.now(UTC)
    fields = {"decision": "approve", "approver": APPROVER.name, "code": totp.at(now)}
    monkeypatch.setattr(answers, "read_given", lambda _question: Given(fields=fields, given_at=now))

    def judged(run: str) -> Approval | Objection:
        change: Change = a_change(run).model_copy(update={"environment": ENVIRONMENT})
        with disable_run_logger():
            return judge_answer.fn(change, "apply-the-plan", now + timedelta(hours=1))

    assert isinstance(judged("a-run"), Approval)
    assert isinstance(judged("a-run"), Approval), "a run that goes on after a kill"
    late = judged("b-run")
    assert isinstance(late, Objection)
    assert "for flow run a-run; unless that was you, somebody else has used it" in late.problem
