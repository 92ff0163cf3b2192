"""A one-time code serves one question, whoever comes first, and that question again after a kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from models.errors import SetUpError
from systems.aws.session import Aws
from systems.aws.used_codes import use_code

BUCKET = "releases-of-testing"
OWNER = "/credex/testing/approvers/tendai"


def use(aws: Aws, question: str, *, counter: int = 7, owner: str = OWNER, bucket: str = BUCKET) -> bool:
    served = use_code(aws, bucket, environment="testing", owner=owner, counter=counter, question=question)
    return served == question


def test_a_code_serves_one_question(aws: Aws, bucket: str) -> None:
    assert use(aws, "first")
    assert not use(aws, "second")
    assert use(aws, "second", counter=8)


def test_whoever_comes_too_late_learns_what_the_code_was_used_for(aws: Aws, bucket: str) -> None:
    serving = [
        use_code(aws, BUCKET, environment="testing", owner=OWNER, counter=7, question=question)
        for question in ("first", "second")
    ]
    assert serving == ["first", "first"]


def test_the_same_question_may_ask_again_after_a_kill(aws: Aws, bucket: str) -> None:
    assert use(aws, "first")
    assert use(aws, "first")


def test_two_people_have_codes_of_their_own(aws: Aws, bucket: str) -> None:
    assert use(aws, "first")
    assert use(aws, "second", owner="/credex/testing/approvers/farai")


def test_of_many_who_use_a_code_at_once_one_does(aws: Aws, bucket: str) -> None:
    with ThreadPoolExecutor(8) as workers:
        taken = list(workers.map(lambda nth: use(aws, f"question {nth}"), range(8)))
    assert sum(taken) == 1


def test_nothing_that_is_kept_tells_a_code_or_where_its_secret_is(aws: Aws, bucket: str) -> None:
    use(aws, "first")
    keys = [item["Key"] for item in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert len(keys) == 1
    assert keys[0].startswith("codes/testing/")
    assert "tendai" not in keys[0]


def test_without_a_bucket_no_code_is_good(aws: Aws) -> None:
    """It must not pass for unused."""
    with pytest.raises((SetUpError, ClientError)):
        use(aws, "first", bucket="nowhere-at-all")
