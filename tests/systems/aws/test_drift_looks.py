"""The last look for changes from outside is found again; an older one is no news."""

from __future__ import annotations

from datetime import UTC, datetime

from models.drift import Drift, DriftLook, OutsideChange
from systems.aws.drift_looks import read_look, write_look
from systems.aws.session import Aws

SEEN = DriftLook(
    looked_at=datetime(2026, 3, 1, 3, 30, tzinfo=UTC),
    found=Drift(changes=[OutsideChange(address="aws_ecs_service.this", how="differs in desired_count")]),
)


def test_the_newest_look_of_each_environment_is_kept(aws: Aws, bucket: str) -> None:
    """One that nobody can read tells nothing, and keeps nobody from the rest of the page."""
    assert read_look(aws, bucket, "testing") is None
    write_look(aws, bucket, "testing", SEEN.model_copy(update={"found": Drift()}))
    write_look(aws, bucket, "testing", SEEN)
    assert read_look(aws, bucket, "testing") == SEEN
    assert read_look(aws, bucket, "another") is None
    aws.s3.put_object(Bucket=bucket, Key="drift/another.json", Body=b"spoilt")
    assert read_look(aws, bucket, "another") is None
