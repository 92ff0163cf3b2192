"""Looks at an approver's answer: whether it is a yes, from somebody who may give it and is who they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect import get_run_logger
from pydantic import SecretStr, ValidationError

from models.answer import Answer, Objection, objection_to
from models.approval import Approval
from models.change import Change
from models.environment import ApproverSettings
from systems.aws.parameters import missing, read_parameters
from systems.aws.session import Aws
from systems.aws.used_codes import use_code
from systems.one_time_codes import matching_counter
from systems.redaction import remember_secrets
from tasks.questions import read_given
from tasks.steps import step


@step("Look at the answer")
def judge_answer(change: Change, question: str, answer_before: datetime) -> Approval | Objection:
    """The approval, given now, or what is wrong with the answer.

    Kept: a continued run gets the approval that was given, its time does not begin anew, and the code is not
    needed again. Raises ServiceUnavailable or SetUpError where the code could not be checked.
    """
    verdict = _judge(change, question, answer_before)
    if isinstance(verdict, Approval):
        get_run_logger().info("%s approved plan %s.", verdict.approver, verdict.plan_sha256[:12])
    else:
        get_run_logger().warning("%s", verdict.problem)
    return verdict


def _judge(change: Change, question: str, answer_before: datetime) -> Approval | Objection:
    given = read_given(question)
    if given is None:
        return Objection(problem="The answer is gone.")
    fields = dict(given.fields)
    code = SecretStr(str(fields.pop("code", "")))
    try:
        answer = Answer.model_validate({**fields, "given_at": given.given_at})
    except ValidationError as error:
        return Objection(problem=f"The answer is not valid: {error.errors(include_input=False)[0]['msg']}.")
    settings = change.environment.approval
    objection = objection_to(
        answer, settings, requester=change.requester, answer_before=answer_before
    ) or _objection_to_code(change, question, answer, code)
    return objection or _approval(change, answer)


def _objection_to_code(change: Change, question: str, answer: Answer, code: SecretStr) -> Objection | None:
    """What is wrong with the code; None where it is right, which uses it up, or where none is asked for."""
    environment = change.environment
    approver = environment.approval.approver(answer.approver)
    if approver is None:
        return None
    secret = _secret(change, approver)
    if secret is None:
        return Objection(
            problem=f"{approver.name} has no secret for codes yet; a team lead makes it: "
            f"credex approver add '{approver.name}' --env {environment.name}."
        )
    counter = matching_counter(secret, code, answer.given_at)
    if counter is None:
        return Objection(problem=f"That was not {approver.name}'s one-time code of that minute.")
    asked = f"{change.flow_run_id} {question}"
    served = use_code(
        Aws(environment.aws.region),
        environment.aws.releases_bucket,
        environment=environment.name,
        owner=approver.code_parameter,
        counter=counter,
        question=asked,
    )
    return None if served == asked else _used_before(served.partition(" ")[0])


def _used_before(flow_run_id: str) -> Objection:
    """Whoever may read Prefect's API may have read the code, and been faster."""
    return Objection(
        problem=f"That one-time code was used before, for flow run {flow_run_id}; unless that was you, "
        "somebody else has used it: look at that run. Wait for the next code."
    )


def _secret(change: Change, approver: ApproverSettings) -> SecretStr | None:
    aws, name = Aws(change.environment.aws.region), approver.code_parameter
    if missing(aws, [name]):
        return None
    secret = read_parameters(aws, [name])[name]
    remember_secrets([secret.get_secret_value()])
    return secret


def _approval(change: Change, answer: Answer) -> Approval:
    settings, now = change.environment.approval, datetime.now(UTC)
    approver = settings.approver(answer.approver)
    return Approval(
        plan_sha256=change.saved.sha256,
        changes_digest=change.saved.plan.changes_digest,
        state=change.saved.state,
        release_digest=change.release.digest(),
        commit=change.release.commit,
        image_digest=change.release.image_digest,
        findings=change.findings,
        approver=approver.name if approver else answer.approver,
        proven_by_code=approver is not None,
        comment=answer.comment,
        given_at=now,
        expires_at=now + timedelta(hours=settings.expires_after_hours),
    )
