"""Who changed a resource, by CloudTrail's answers as AWS gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import ANY, Stubber

from models.drift import Author
from systems.aws.trail import last_change

SINCE = datetime(2026, 5, 4, tzinfo=UTC)


def trail() -> Any:  # noqa: ANN401 boto3's client has no class
    return boto3.client(
        "cloudtrail", region_name="af-south-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


def event(name: str, hour: int, *, reads: bool = False) -> dict[str, Any]:
    return {
        "EventName": name,
        "ReadOnly": "true" if reads else "false",
        "EventTime": datetime(2026, 5, 4, hour, tzinfo=UTC),
        "Username": "tendai",
    }


def test_the_newest_change_by_any_of_its_names_counts() -> None:
    """Who only looked changed nothing."""
    client = trail()
    asked = {"LookupAttributes": ANY, "StartTime": SINCE, "MaxResults": 50}
    with Stubber(client) as stub:
        by_id = [event("DescribeAlarms", 9, reads=True), event("PutMetricAlarm", 7)]
        stub.add_response("lookup_events", {"Events": by_id}, asked)
        stub.add_response("lookup_events", {"Events": [event("DeleteAlarms", 8)]}, asked)
        found = last_change(client, ["id", "arn"], SINCE)
    assert found == Author(who="tendai", when=datetime(2026, 5, 4, 8, tzinfo=UTC), call="DeleteAlarms")


def test_where_cloudtrail_does_not_tell_nobody_is_blamed() -> None:
    """No event, no permission: both are no reason to hide that something differs."""
    client = trail()
    with Stubber(client) as stub:
        stub.add_response("lookup_events", {"Events": []})
        assert last_change(client, ["id"], SINCE) is None
        stub.add_client_error("lookup_events", "AccessDeniedException")
        assert last_change(client, ["id"], SINCE) is None
