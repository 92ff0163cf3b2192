"""Exports of databases in the backups bucket, and the note that a proving database is being filled."""

from __future__ import annotations

from pathlib import Path

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from models.export import Export
from models.machine import Dump
from models.names import BackupId, DatabaseName
from systems.aws.backups import no_backups_bucket
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws


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
