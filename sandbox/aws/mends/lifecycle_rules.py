"""A bucket's lifecycle configuration is read back as it was written.

Moto rebuilds it from the parts it knows: `NewerNoncurrentVersions`, object sizes and more are lost, tags in
an `And` filter come back under a wrong name, and Terraform waits three minutes for what never appears.
"""

from __future__ import annotations

import copy
from typing import Any

import xmltodict  # type: ignore[import-untyped]
from moto.core.common_types import TYPE_RESPONSE
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from sandbox.aws.mends.mend import Clients, Mend, Seam

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_MINIMUM_SIZE = {"x-amz-transition-default-minimum-object-size": "all_storage_classes_128K"}

_stock_set = FakeBucket.set_lifecycle
_stock_get = S3Response.get_bucket_lifecycle


def _patch() -> None:
    FakeBucket.set_lifecycle = _set_lifecycle  # type: ignore[method-assign]
    S3Response.get_bucket_lifecycle = _get_bucket_lifecycle  # type: ignore[method-assign]


def _set_lifecycle(self: FakeBucket, rules: list[dict[str, Any]]) -> None:
    as_written = copy.deepcopy(rules)
    _stock_set(self, rules)
    for written, kept in zip(as_written, self.rules, strict=True):
        written.setdefault("ID", kept.id)
    self.__dict__["rules_as_written"] = as_written


def _get_bucket_lifecycle(self: S3Response) -> TYPE_RESPONSE:
    if not self.backend.get_bucket_lifecycle(self.bucket_name):
        return _stock_get(self)
    rules = self.backend.get_bucket(self.bucket_name).__dict__["rules_as_written"]
    document = {"LifecycleConfiguration": {"@xmlns": _NAMESPACE, "Rule": rules}}
    return 200, {"content-type": "application/xml", **_MINIMUM_SIZE}, xmltodict.unparse(document)


def _is_needed(clients: Clients) -> bool:
    s3 = clients("s3")
    rule = {
        "ID": "probe",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "dumps/", "Tags": [{"Key": "kind", "Value": "backup"}]}},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 5},
    }
    s3.create_bucket(Bucket="probe-lifecycle", CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    s3.put_bucket_lifecycle_configuration(Bucket="probe-lifecycle", LifecycleConfiguration={"Rules": [rule]})
    rules = s3.get_bucket_lifecycle_configuration(Bucket="probe-lifecycle")["Rules"]
    s3.delete_bucket(Bucket="probe-lifecycle")
    return bool(rules != [rule])


MEND = Mend(
    name="lifecycle-rules",
    wrong="A bucket's lifecycle rules lose parts of what was written.",
    seams=(
        Seam(FakeBucket, "set_lifecycle", "962d4ed95583"),
        Seam(S3Backend, "put_bucket_lifecycle_configuration", "0764064d324d"),
        Seam(S3Response, "get_bucket_lifecycle", "c5ba3f15a570"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
