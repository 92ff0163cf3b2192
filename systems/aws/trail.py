"""Who changed an AWS resource, as CloudTrail's event history of the last 90 days tells it.

It is asked for a handful of resources at most: AWS answers two requests a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from models.drift import Author
from models.errors import DeployError
from systems.aws.errors import aws_errors

_EVENTS = 50
"""As many as AWS gives at once, the newest first."""


class CloudTrail(Protocol):
    """The one call that is made."""

    def lookup_events(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 boto3's own keywords
        """One page of events."""


def last_change(trail: CloudTrail, names: Sequence[str], since: datetime) -> Author | None:
    """Who last changed a resource that has one of these names; None where CloudTrail does not tell."""
    try:
        events = [event for name in names for event in _changes(trail, name, since)]
    except DeployError:
        return None
    newest = max(events, key=lambda event: event["EventTime"], default=None)
    if newest is None:
        return None
    who = str(newest.get("Username") or "somebody")
    return Author(who=who, when=newest["EventTime"], call=str(newest["EventName"]))


def _changes(trail: CloudTrail, name: str, since: datetime) -> Iterable[dict[str, Any]]:
    wanted = {"AttributeKey": "ResourceName", "AttributeValue": name}
    with aws_errors():
        answer = trail.lookup_events(LookupAttributes=[wanted], StartTime=since, MaxResults=_EVENTS)
    return [event for event in answer["Events"] if event.get("ReadOnly") != "true"]
