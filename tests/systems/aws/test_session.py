"""Each way in which AWS cannot be asked becomes one sentence and a next step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from models.errors import DeployError, ServiceUnavailable, SetUpError
from systems.aws.errors import aws_errors
from systems.aws.session import Aws


def test_the_account_and_who_we_are_in_it_are_told(aws: Aws) -> None:
    identity = aws.identity()
    assert identity.account == "123456789012"
    assert identity.arn.startswith("arn:aws:")


def test_threads_share_one_client(aws: Aws) -> None:
    """Eight threads that ask for the same client at once all get a working one."""
    fresh = Aws(aws.region)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: fresh.ecs.list_clusters()["clusterArns"], range(8)))
    assert answers == [[]] * 8


def test_missing_credentials_are_a_set_up_error(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SetUpError, match="no usable AWS credentials") as caught:
        Aws(aws.region).identity()
    assert "AWS_ACCESS_KEY_ID" in caught.value.next_step


def test_an_unreachable_endpoint_is_an_unavailable_service(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_port}")
    with pytest.raises(ServiceUnavailable, match=f"127.0.0.1:{unused_port}"):
        Aws(aws.region).identity()


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        ("ExpiredToken", "The token is expired", SetUpError, "expired"),
        ("InvalidClientTokenId", "The token is invalid", SetUpError, "does not know these credentials"),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/x is not authorized to perform: ecs:DescribeServices on resource: y",
            SetUpError,
            "denies ecs:DescribeServices",
        ),
        ("AccessDenied", "Access Denied", SetUpError, "denies DescribeServices"),
        ("ThrottlingException", "Rate exceeded", ServiceUnavailable, "could not serve DescribeServices"),
        ("ValidationException", "No such thing", SetUpError, "did not accept DescribeServices"),
    ],
)
def test_answers_of_aws_become_sentences(
    code: str, message: str, kind: type[DeployError], words: str
) -> None:
    answer = ClientError({"Error": {"Code": code, "Message": message}}, "DescribeServices")
    with pytest.raises(kind, match=words) as caught, aws_errors():
        raise answer
    assert caught.value.next_step
