"""S3 refuses an object whose bytes do not have the checksum that came with it.

Moto stores whatever arrives. Looked at are `Content-MD5` and `x-amz-checksum-*`, the latter as a header or as
the trailer of a chunked body. SHA-1, SHA-256 and CRC-32 are verified; CRC-32C and CRC-64/NVME need libraries
that the sandbox does not have and are accepted unseen.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError
from moto.core.common_types import TYPE_RESPONSE
from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response

from sandbox.aws.mends.mend import Clients, Mend, Seam

_PREFIX = "x-amz-checksum-"
_LONGEST_TRAILER = 1024

_stock_put_object = S3Response.put_object
_stock_upload_part = S3Response.upload_part


def _patch() -> None:
    S3Response.put_object = _put_object  # type: ignore[method-assign]
    S3Response.upload_part = _upload_part  # type: ignore[method-assign]


def _put_object(self: S3Response) -> TYPE_RESPONSE:
    _verify(self)
    return _stock_put_object(self)


def _upload_part(self: S3Response) -> TYPE_RESPONSE:
    _verify(self)
    return _stock_upload_part(self)


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


_ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    f"{_PREFIX}crc32": _crc32,
    f"{_PREFIX}sha1": _sha1,
    f"{_PREFIX}sha256": _sha256,
    "content-md5": _md5,
}


def _verify(response: S3Response) -> None:
    body = response.body or b""
    body = body.encode() if isinstance(body, str) else body
    for name, given in _given_checksums(response):
        if base64.b64encode(_ALGORITHMS[name](body)).decode() != given:
            algorithm = name.removeprefix(_PREFIX).upper()
            raise S3ClientError(
                "BadDigest", f"The {algorithm} you specified did not match the calculated checksum."
            )


def _given_checksums(response: S3Response) -> Iterator[tuple[str, str]]:
    for name in _ALGORITHMS:
        value = response.headers.get(name) or _trailer(response, name)
        if value:
            yield name, value.strip()


def _trailer(response: S3Response, name: str) -> str | None:
    """Find a header that follows the last chunk of an aws-chunked body."""
    if response.headers.get("x-amz-trailer", "").strip().lower() != name:
        return None
    tail = response.raw_body[-_LONGEST_TRAILER:]
    _, found, after = tail.rpartition(f"{name}:".encode())
    return after.split(b"\r\n", 1)[0].split(b"\n", 1)[0].decode("ascii") if found else None


def _is_needed(clients: Clients) -> bool:
    s3 = clients("s3")
    s3.create_bucket(Bucket="probe-checksums", CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    try:
        s3.put_object(Bucket="probe-checksums", Key="probe", Body=b"body", ChecksumSHA256=wrong)
    except ClientError as error:
        s3.delete_bucket(Bucket="probe-checksums")
        return error.response["Error"]["Code"] != "BadDigest"
    return True


MEND = Mend(
    name="object-checksums",
    wrong="An object is stored whatever checksum was sent with it.",
    seams=(
        Seam(S3Response, "put_object", "992229be920b"),
        Seam(S3Response, "upload_part", "3062f353d2df"),
        Seam(S3Response, "setup_class", "f4fd5cb219d1"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
