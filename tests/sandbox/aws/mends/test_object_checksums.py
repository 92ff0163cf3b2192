"""S3 believes no checksum: header or trailer, put or part, whichever of the algorithms that are verified."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from typing import IO

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sandbox.aws.backends import REGION
from sandbox.aws.credentials import ACCESS_KEY
from sandbox.aws.mends.mend import Clients

BUCKET = "checksums"
BODY = b"the backup of a ledger"


@pytest.fixture(scope="module")
def s3(mended: Clients) -> Clients:
    mended("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return mended


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def sums(body: bytes) -> dict[str, str]:
    return {
        "ChecksumSHA256": encoded(hashlib.sha256(body).digest()),
        "ChecksumSHA1": encoded(hashlib.sha1(body, usedforsecurity=False).digest()),
        "ChecksumCRC32": encoded(zlib.crc32(body).to_bytes(4, "big")),
        "ContentMD5": encoded(hashlib.md5(body, usedforsecurity=False).digest()),
    }


@pytest.mark.parametrize("kind", sums(b""))
def test_an_object_is_stored_with_its_right_checksum_and_refused_with_another(s3: Clients, kind: str) -> None:
    client, key = s3("s3"), f"put-{kind}"
    with pytest.raises(ClientError) as refused:
        client.put_object(Bucket=BUCKET, Key=key, Body=BODY, **{kind: sums(b"other")[kind]})
    assert refused.value.response["Error"]["Code"] == "BadDigest"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError):
        client.head_object(Bucket=BUCKET, Key=key)
    client.put_object(Bucket=BUCKET, Key=key, Body=BODY, **{kind: sums(BODY)[kind]})
    assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == BODY


@pytest.mark.parametrize("body", [BODY, io.BytesIO(BODY)], ids=["bytes", "stream"])
def test_what_boto3_sends_by_itself_is_accepted(s3: Clients, body: bytes | IO[bytes]) -> None:
    s3("s3").put_object(Bucket=BUCKET, Key="plain", Body=body, ChecksumAlgorithm="SHA256")
    assert s3("s3").get_object(Bucket=BUCKET, Key="plain")["Body"].read() == BODY


def test_a_part_of_an_upload_is_verified_too(s3: Clients) -> None:
    client = s3("s3")
    upload = client.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    part = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload, "PartNumber": 1}
    with pytest.raises(ClientError, match="BadDigest"):
        client.upload_part(**part, Body=BODY, ChecksumSHA256=sums(b"other")["ChecksumSHA256"])
    client.upload_part(**part, Body=BODY, ChecksumSHA256=sums(BODY)["ChecksumSHA256"])


@pytest.mark.parametrize(("claimed", "status"), [(BODY, 200), (b"other", 400)], ids=["right", "wrong"])
@pytest.mark.parametrize("kind", ["ChecksumSHA256", "ChecksumCRC32"])
def test_the_trailer_of_a_chunked_body_is_verified(
    s3: Clients, kind: str, claimed: bytes, status: int
) -> None:
    """The form in which the SDKs send a stream whose checksum is known only at its end."""
    name = f"x-amz-checksum-{kind.removeprefix('Checksum').lower()}"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:10], BODY[10:]))
    trailer = f"0\r\n{name}:{sums(claimed)[kind]}\r\n\r\n".encode()
    answer = put_chunked(s3, f"{kind}-{status}", name, chunks + trailer)
    assert answer.status_code == status
    if status == 200:
        assert s3("s3").get_object(Bucket=BUCKET, Key=f"{kind}-200")["Body"].read() == BODY
    else:
        assert "<Code>BadDigest</Code>" in answer.text


def put_chunked(s3: Clients, key: str, trailer: str, body: bytes) -> httpx.Response:
    url = f"{s3('s3').meta.endpoint_url}/{BUCKET}/{key}"
    headers = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(len(BODY)),
        "x-amz-trailer": trailer,
    }
    request = AWSRequest("PUT", url, headers=headers, data=body)
    S3SigV4Auth(Credentials(ACCESS_KEY, "secret"), "s3", REGION).add_auth(request)
    request.headers.replace_header("X-Amz-Content-SHA256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    return httpx.put(url, headers=dict(request.headers.items()), content=body, timeout=60)
