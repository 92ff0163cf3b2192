"""Exports of databases in the backups bucket, and the note that a proving database is being filled."""

from __future__ import annotations

import hashlib
from pathlib import Path

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from models.errors import Refused
from models.export import Export
from models.machine import Dump
from models.names import BackupId, DatabaseName
from systems.aws.backups import no_backups_bucket
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

_CHUNK_BYTES = 1024 * 1024


class Filled(BaseModel):
    """A note of which proving database is being filled, made before: what is in it then is ours."""

    model_config = ConfigDict(frozen=True)

    database_id: str | None = None


class ExportStore:
    """The exports of one environment's databases that run elsewhere."""

    def __init__(self, aws: Aws, bucket: str) -> None:
        self._aws = aws
        self._bucket = bucket

    @aws_errors()
    def put(self, database: DatabaseName, backup: BackupId, path: Path, export: Export) -> Dump:
        """Store an export's file; S3 compares the SHA-256 of each part as it comes in.

        Raises Refused where there is no bucket.
        """
        key = f"{database}/{backup}/neo4j.export"
        with path.open("rb") as file:
            try:
                self._aws.s3.upload_fileobj(
                    file, self._bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"}
                )
            except ClientError as error:
                if error_code(error) != "NoSuchBucket":
                    raise
                raise no_backups_bucket(self._bucket) from error
        version = self._aws.s3.head_object(Bucket=self._bucket, Key=key).get("VersionId", "null")
        return Dump(
            database=database,
            key=key,
            version_id=version,
            size_bytes=export.size_bytes,
            sha256=export.sha256,
            neo4j_version=export.neo4j_version,
        )

    @aws_errors()
    def fetch(self, export: Dump, path: Path) -> None:
        """Write a stored export to a file. Raises Refused where it is gone, or its bytes have changed."""
        try:
            found = self._aws.s3.get_object(Bucket=self._bucket, Key=export.key, VersionId=export.version_id)
        except ClientError as error:
            if error_code(error) not in {"NoSuchKey", "NoSuchVersion", "404"}:
                raise
            raise Refused(
                f"The export {export.key} is gone from {self._bucket}.",
                next_step="Bring back its deleted version in S3, or take another backup.",
            ) from error
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for chunk in found["Body"].iter_chunks(_CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != export.sha256:
            raise Refused(
                f"The bytes of the export {export.key} have changed.",
                next_step="Take another backup, and find out who may write to the bucket.",
            )

    @aws_errors()
    def note(self, database: DatabaseName, filled: Filled) -> None:
        """Say which proving database is being filled, if any: after a kill it may be emptied.

        Nothing is deleted: that would need one more right over the backups.
        """
        self._aws.s3.put_object(
            Bucket=self._bucket, Key=_note(database), Body=filled.model_dump_json().encode()
        )

    @aws_errors()
    def noted(self, database: DatabaseName) -> Filled:
        """Which proving database was being filled when a run ended."""
        try:
            body = self._aws.s3.get_object(Bucket=self._bucket, Key=_note(database))["Body"].read()
        except ClientError as error:
            if error_code(error) not in {"NoSuchKey", "404"}:
                raise
            return Filled()
        return Filled.model_validate_json(body)


def _note(database: DatabaseName) -> str:
    return f"proving/{database}.json"
