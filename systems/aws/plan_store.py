"""Saved plan files in S3, encrypted: a plan holds secrets in clear, and is gone after its use.

Envelope encryption: KMS gives each file a data key of its own, bound to the environment and the file's
digest, and keeps the only key that opens it; the file itself is sealed with AES-256-GCM. The stored object is
the mark, the encrypted data key's length and bytes, the nonce, and the sealed file.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import StalePlan
from models.names import Sha256
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

_MARK = b"credex plan 1\n"
_LENGTH_BYTES = 2
_NONCE_BYTES = 12
_EXISTS = {"PreconditionFailed", "412"}
_WRONG_KEY = {"InvalidCiphertextException", "IncorrectKeyException"}


class PlanStore:
    """The saved plans of one environment, at `plans/<flow run>/<digest>.bin`."""

    def __init__(self, aws: Aws, bucket: str, key_alias: str, environment: str) -> None:
        self._aws = aws
        self._bucket = bucket
        self._key_alias = key_alias
        self._environment = environment

    @aws_errors()
    def put(self, path: Path, *, flow_run_id: str, sha256: Sha256) -> str:
        """Keep the file, encrypted, and give its key; the same file again is the one that is there.

        Raises StalePlan when the file's digest is not the one given.
        """
        clear = path.read_bytes()
        _require(clear, sha256)
        key = f"plans/{flow_run_id}/{sha256}.bin"
        try:
            self._aws.s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=self._seal(clear, sha256),
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            if error_code(error) not in _EXISTS:
                raise
        return key

    @aws_errors()
    def get(self, key: str, sha256: Sha256, folder: Path) -> Path:
        """The file in clear, in this folder, readable by its owner alone; the caller removes it after use.

        Raises StalePlan when it is gone, or is not exactly the file with this digest.
        """
        try:
            sealed = self._aws.s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._aws.s3.exceptions.NoSuchKey as error:
            raise StalePlan(
                "The saved plan is gone: it was used already.", next_step="Start the deployment again."
            ) from error
        clear = self._open(sealed, sha256)
        _require(clear, sha256)
        return _write_private(folder / f"{sha256}.tfplan", clear)

    @aws_errors()
    def delete(self, key: str) -> None:
        """Remove the file with all its versions; one that is gone already is fine."""
        pages = self._aws.s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key)
        for page in pages:
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                if item["Key"] == key:
                    self._aws.s3.delete_object(Bucket=self._bucket, Key=key, VersionId=item["VersionId"])

    def _seal(self, clear: bytes, sha256: Sha256) -> bytes:
        data_key = self._aws.kms.generate_data_key(
            KeyId=self._key_alias, KeySpec="AES_256", EncryptionContext=self._context(sha256)
        )
        encrypted_key, nonce = data_key["CiphertextBlob"], os.urandom(_NONCE_BYTES)
        header = _MARK + len(encrypted_key).to_bytes(_LENGTH_BYTES, "big") + encrypted_key
        return header + nonce + AESGCM(data_key["Plaintext"]).encrypt(nonce, clear, header)

    def _open(self, sealed: bytes, sha256: Sha256) -> bytes:
        if not sealed.startswith(_MARK):
            raise _damaged()
        key_start = len(_MARK) + _LENGTH_BYTES
        header_end = key_start + int.from_bytes(sealed[len(_MARK) : key_start], "big")
        nonce_end = header_end + _NONCE_BYTES
        data_key = self._decrypt_key(sealed[key_start:header_end], sha256)
        try:
            return AESGCM(data_key).decrypt(
                sealed[header_end:nonce_end], sealed[nonce_end:], sealed[:header_end]
            )
        except (InvalidTag, ValueError) as error:
            raise _damaged() from error

    def _decrypt_key(self, encrypted_key: bytes, sha256: Sha256) -> bytes:
        if not encrypted_key:
            raise _damaged()
        try:
            return self._aws.kms.decrypt(
                CiphertextBlob=encrypted_key, KeyId=self._key_alias, EncryptionContext=self._context(sha256)
            )["Plaintext"]
        except ClientError as error:
            if error_code(error) in _WRONG_KEY:
                raise _damaged() from error
            raise

    def _context(self, sha256: Sha256) -> dict[str, str]:
        return {"environment": self._environment, "sha256": sha256}


def _require(clear: bytes, sha256: Sha256) -> None:
    if hashlib.sha256(clear).hexdigest() != sha256:
        raise _damaged()


def _damaged() -> StalePlan:
    return StalePlan(
        "The saved plan is not the one that was made and approved.", next_step="Start the deployment again."
    )


def _write_private(path: Path, content: bytes) -> Path:
    """Write a file that nobody else can read at any moment; an earlier one of this name is replaced."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
