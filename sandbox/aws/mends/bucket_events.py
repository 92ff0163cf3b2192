"""A bucket that sends its events to EventBridge says so when asked; moto keeps it, but leaves it out."""

from __future__ import annotations

from moto.core.common_types import TYPE_RESPONSE
from moto.s3.responses import S3Response

from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_get = S3Response.get_bucket_notification
_ELEMENT = "<EventBridgeConfiguration></EventBridgeConfiguration>"
_CLOSING = "</NotificationConfiguration>"


def _patch() -> None:
    S3Response.get_bucket_notification = _get_bucket_notification  # type: ignore[method-assign]


def _get_bucket_notification(self: S3Response) -> TYPE_RESPONSE:
    answer = _stock_get(self)
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if configuration is None or configuration.event_bridge is None:
        return answer
    status, headers, body = answer
    text = body.decode() if isinstance(body, bytes) else str(body)
    return status, headers, _with_event_bridge(text)


def _with_event_bridge(body: str) -> str:
    if _CLOSING in body:
        return body.replace(_CLOSING, f"{_ELEMENT}{_CLOSING}")
    start = body.rindex("<NotificationConfiguration")
    return f"{body[:start]}<NotificationConfiguration>{_ELEMENT}{_CLOSING}"


def _is_needed(clients: Clients) -> bool:
    s3 = clients("s3")
    bucket = "probe-events"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    reply = s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.delete_bucket(Bucket=bucket)
    return "EventBridgeConfiguration" not in reply


MEND = Mend(
    name="bucket-events",
    wrong="A bucket does not tell that it sends its events to EventBridge.",
    seams=(Seam(S3Response, "get_bucket_notification", "82884034c165"),),
    patch=_patch,
    is_needed=_is_needed,
)
