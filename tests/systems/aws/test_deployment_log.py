"""The log keeps every record, in one order, whoever writes at once; and tells when somebody meddled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

from models.errors import Refused
from models.log import GENESIS, Event, Record
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from tests.systems.aws.entries import entry, release

BUCKET = "releases-of-testing"


@pytest.fixture
def log(aws: Aws, bucket: str) -> DeploymentLog:
    return DeploymentLog(aws, bucket, "testing")


def _stored(aws: Aws, number: int) -> bytes:
    return aws.s3.get_object(Bucket=BUCKET, Key=f"log/testing/{number:06d}.json")["Body"].read()


def test_records_are_numbered_chained_and_read_back_as_written(aws: Aws, log: DeploymentLog) -> None:
    written = [log.append(entry(Event.STARTED, run=f"run-{count}")) for count in range(20)]
    assert log.records() == written
    assert [record.number for record in written] == list(range(1, 21))
    assert written[0].previous_hash == GENESIS
    assert all(later.previous_hash == earlier.hash() for earlier, later in pairwise(written))
    assert hashlib.sha256(_stored(aws, 7)).hexdigest() == written[6].hash()
    assert log.last() == written[-1]
    assert log.verify() == []


def test_eight_writers_at_once_lose_no_record_and_leave_no_gap(aws: Aws, log: DeploymentLog) -> None:
    """Every writer has its own connection to the log, as separate processes would."""

    def write(writer: int) -> list[Record]:
        own = DeploymentLog(aws, BUCKET, "testing")
        return [own.append(entry(run=f"{writer}-{count}")) for count in range(4)]

    with ThreadPoolExecutor(8) as pool:
        written = [record for records in pool.map(write, range(8)) for record in records]
    assert sorted(record.number for record in written) == list(range(1, 33))
    assert {record.entry.flow_run_id for record in log.records()} == {
        f"{writer}-{count}" for writer in range(8) for count in range(4)
    }
    assert log.verify() == []


def test_a_resumed_run_records_each_event_once(log: DeploymentLog) -> None:
    first = log.append_once(entry(Event.STARTED, run="killed"))
    log.append(entry(Event.STARTED, run="another"))
    assert log.append_once(entry(Event.STARTED, run="killed")) == first
    assert log.append_once(entry(Event.SUCCEEDED, run="killed")).number == 3
    assert len(log.records()) == 3


def test_a_run_that_planned_anew_records_the_events_of_its_new_plan(log: DeploymentLog) -> None:
    """Else what is looked for by plan, such as whether its apply began, would not be found."""
    first, second = (
        entry(Event.FENCED, run="overtaken").model_copy(update={"plan_sha256": number * 64})
        for number in "12"
    )
    assert [log.append_once(each).number for each in (first, second, first, second)] == [1, 2, 1, 2]


def test_the_same_run_recording_from_two_processes_at_once_has_one_record(
    aws: Aws, log: DeploymentLog
) -> None:
    def write(_: int) -> Record:
        return DeploymentLog(aws, BUCKET, "testing").append_once(entry(Event.SUCCEEDED, run="twice"))

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(8)))
    assert len({record.number for record in written}) == 1
    assert len(log.records()) == 1


def test_a_write_whose_answer_was_lost_is_not_written_again(aws: Aws, log: DeploymentLog) -> None:
    """The object is stored, the answer is an error, and the repeated request meets its own object."""
    log.append(entry(run="before"))
    lost: list[int] = []

    def lose_first_answer(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        if lost:
            return None
        answer = URLLib3Session().send(request)
        lost.append(answer.status_code)
        return AWSResponse(request.url, 500, HTTPHeaders(), answer.raw)

    aws.s3.meta.events.register("before-send.s3.PutObject", lose_first_answer)  # type: ignore[arg-type]
    try:
        record = log.append(entry(run="unheard"))
    finally:
        aws.s3.meta.events.unregister("before-send.s3.PutObject", lose_first_answer)  # type: ignore[arg-type]
    assert lost == [200]
    assert record.number == 2
    assert [one.entry.flow_run_id for one in log.records()] == ["before", "unheard"]


def test_the_current_release_is_the_last_that_was_good(log: DeploymentLog) -> None:
    assert log.current_release() is None
    log.append(entry(Event.SUCCEEDED, run="1", commit="a"))
    log.append(entry(Event.STARTED, run="2", commit="b"))
    log.append(entry(Event.FAILED, run="2", commit="b"))
    assert log.current_release() == release("a")
    log.append(entry(Event.SUCCEEDED, run="3", commit="c"))
    assert log.current_release() == release("c")
    log.append(entry(Event.ROLLED_BACK, run="4", commit="a"))
    assert log.current_release() == release("a")
    assert list(log.proven_releases()) == [release("a"), release("c"), release("a")]


def test_a_release_without_a_task_is_current_and_proves_nothing(log: DeploymentLog) -> None:
    """What was verified then is that nobody is answered."""
    idle = release("b").model_copy(update={"desired_count": 0})
    log.append(entry(Event.SUCCEEDED, run="1", commit="a"))
    log.append(entry(Event.SUCCEEDED, run="2").model_copy(update={"release": idle}))
    assert log.current_release() == idle
    assert list(log.proven_releases()) == [release("a")]


def test_a_start_without_an_end_is_seen(log: DeploymentLog) -> None:
    log.append(entry(Event.STARTED, run="ended"))
    killed = log.append(entry(Event.STARTED, run="killed"))
    log.append(entry(Event.FAILED, run="ended"))
    assert log.unfinished() == [killed]
    log.append(entry(Event.FAILED, run="killed"))
    assert log.unfinished() == []


def test_a_record_is_found_by_run_event_and_plan(log: DeploymentLog) -> None:
    first = log.append(entry(run="run").model_copy(update={"plan_sha256": "1" * 64}))
    second = log.append(entry(run="run").model_copy(update={"plan_sha256": "2" * 64}))
    assert log.find("run", Event.STARTED) == second
    assert log.find("run", Event.STARTED, plan_sha256="1" * 64) == first
    assert log.find("run", Event.STARTED, plan_sha256="3" * 64) is None
    assert log.find("run", Event.FAILED) is None


def test_a_log_longer_than_a_page_is_read_whole_and_goes_on_at_the_right_number(
    aws: Aws, log: DeploymentLog
) -> None:
    """S3 lists a thousand keys at a time; here it is asked for three."""

    def three_at_a_time(params: dict[str, object], **_: object) -> None:
        params["MaxKeys"] = 3

    event = "provide-client-params.s3.ListObjectsV2"
    aws.s3.meta.events.register(event, three_at_a_time)
    try:
        written = [log.append(entry(run=str(count))) for count in range(10)]
        assert DeploymentLog(aws, BUCKET, "testing").records() == written
        assert DeploymentLog(aws, BUCKET, "testing").append(entry()).number == 11
        assert log.append(entry()).number == 12
        assert log.verify() == []
    finally:
        aws.s3.meta.events.unregister(event, three_at_a_time)


def _overwrite(aws: Aws, number: int) -> None:
    changed = _stored(aws, number).replace(b"Ada", b"Eve")
    aws.s3.put_object(Bucket=BUCKET, Key=f"log/testing/{number:06d}.json", Body=changed)


def _delete(aws: Aws, number: int) -> None:
    aws.s3.delete_object(Bucket=BUCKET, Key=f"log/testing/{number:06d}.json")


@pytest.mark.parametrize("meddle", [_overwrite, _delete])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_meddling_with_any_record_is_found_the_newest_included(
    aws: Aws, log: DeploymentLog, number: int, meddle: Callable[[Aws, int], None]
) -> None:
    """The chain shows it for older records, the bucket's versions for the newest."""
    for count in range(3):
        log.append(entry(run=str(count)))
    meddle(aws, number)
    assert number in {finding.number for finding in log.verify()}


def test_an_unreadable_record_is_refused_by_its_number(aws: Aws, log: DeploymentLog) -> None:
    log.append(entry())
    aws.s3.put_object(Bucket=BUCKET, Key="log/testing/000001.json", Body=b"{}")
    with pytest.raises(Refused, match="Record 1 of the log of testing was changed"):
        log.current_release()


def test_a_missing_bucket_is_refused_by_name(aws: Aws) -> None:
    with pytest.raises(Refused, match="no bucket nowhere-at-all"):
        DeploymentLog(aws, "nowhere-at-all", "testing").current_release()


def test_an_entry_of_another_environment_is_not_taken(log: DeploymentLog) -> None:
    with pytest.raises(ValueError, match="production"):
        log.append(entry().model_copy(update={"environment": "production"}))
