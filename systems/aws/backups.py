"""The records of backups in S3, beside what was backed up: `<database>/<backup id>/backup.json`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import ValidationError

from models.backup import Backup
from models.errors import Refused
from models.machine import Dump
from models.names import BackupId, DatabaseName
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import TagTypeDef

SUPERSEDED = "superseded"
"""The tag that lets a lifecycle rule expire a backup: there is a newer proven one."""

_SUPERSEDED_TAG: TagTypeDef = {"Key": SUPERSEDED, "Value": "true"}

_TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
_ABSENT = {"NoSuchKey", "404", "NoSuchVersion"}
_READERS = 16
_CHUNK_BYTES = 1024 * 1024


class BackupStore:
    """The backups of one environment's databases."""

    def __init__(self, aws: Aws, bucket: str) -> None:
        self._aws = aws
        self._bucket = bucket

    @aws_errors()
    def add(self, backup: Backup) -> Backup:
        """Write a backup's record, and give it; where the same run wrote it before, give that one.

        Raises Refused when another run's backup has this id.
        """
        try:
            self._aws.s3.put_object(
                Bucket=self._bucket,
                Key=_key(backup.database, backup.id),
                Body=backup.model_dump_json().encode(),
                ContentType="application/json",
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
            )
        except self._aws.s3.exceptions.NoSuchBucket as error:
            raise no_backups_bucket(self._bucket) from error
        except ClientError as error:
            if error_code(error) not in _TAKEN:
                raise
            return self._own(backup)
        return backup

    def _own(self, backup: Backup) -> Backup:
        there = self.get(backup.database, backup.id)
        if there.flow_run_id != backup.flow_run_id:
            raise Refused(
                f"Another run made the backup {backup.id} of {backup.database}.", next_step="Start again."
            )
        return there

    @aws_errors()
    def get(self, database: DatabaseName, backup_id: BackupId) -> Backup:
        """The record of a backup. Raises Refused, naming the newest ones, when there is none of this id."""
        try:
            return self._read(_key(database, backup_id))
        except ClientError as error:
            if error_code(error) not in _ABSENT:
                raise
        newest = ", ".join(backup.id for backup in self.all(database)[:5])
        raise Refused(
            f"There is no backup {backup_id} of {database}.",
            next_step=f"The newest are {newest}."
            if newest
            else "There is none at all: start the backup flow.",
        )

    @aws_errors()
    def all(self, database: DatabaseName) -> list[Backup]:
        """Every backup of a database, the newest first."""
        pattern = re.compile(rf"{database}/[^/]+/backup\.json")
        pages = self._aws.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{database}/"
        )
        try:
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        except self._aws.s3.exceptions.NoSuchBucket as error:
            raise no_backups_bucket(self._bucket) from error
        with ThreadPoolExecutor(_READERS) as readers:
            found = readers.map(self._read, filter(pattern.fullmatch, keys))
        return sorted(found, key=lambda backup: backup.made_at, reverse=True)

    def newest_proven(self, database: DatabaseName) -> Backup | None:
        """The newest backup that a restore has proven; None where there is none."""
        return next((backup for backup in self.all(database) if backup.proven_at), None)

    @aws_errors()
    def mark_superseded(self, newest: Backup) -> None:
        """Let all but this proven backup of its database expire, in the bucket's own time."""
        kept = f"{newest.database}/{newest.id}/"
        pages = self._aws.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{newest.database}/"
        )
        for page in pages:
            for item in page.get("Contents", []):
                if not item["Key"].startswith(kept):
                    self._aws.s3.put_object_tagging(
                        Bucket=self._bucket,
                        Key=item["Key"],
                        Tagging={"TagSet": [_SUPERSEDED_TAG]},
                    )

    @aws_errors()
    def superseded_kept_days(self) -> int | None:
        """After how many days the bucket's rule lets superseded backups expire; None where it has none."""
        try:
            found = self._aws.s3.get_bucket_lifecycle_configuration(Bucket=self._bucket)
        except ClientError as error:
            if error_code(error) != "NoSuchLifecycleConfiguration":
                raise
            return None
        return next(
            (
                rule["Expiration"]["Days"]
                for rule in found["Rules"]
                if rule["Status"] == "Enabled"
                and rule.get("Filter", {}).get("Tag") == _SUPERSEDED_TAG
                and "Days" in rule.get("Expiration", {})
            ),
            None,
        )

    @aws_errors()
    def require_stored(self, dump: Dump) -> None:
        """Raise Refused when a dump is gone; its bytes are not looked at."""
        with self._telling_absence(dump):
            self._aws.s3.head_object(Bucket=self._bucket, Key=dump.key, VersionId=dump.version_id)

    @contextmanager
    def _telling_absence(self, dump: Dump) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if error_code(error) not in _ABSENT:
                raise
            raise Refused(
                f"The {dump.word} {dump.key} is gone from {self._bucket}.",
                next_step="Bring back its deleted version in S3, or restore another backup.",
            ) from error

    @aws_errors()
    def stored_sha256(self, dump: Dump) -> str:
        """SHA-256 (hex) over the bytes of a dump as they are stored now. Raises Refused when it is gone."""
        return self._passed_on(dump, lambda _chunk: None)

    @aws_errors()
    def fetch(self, dump: Dump, path: Path) -> None:
        """Write a stored dump or export to a file. Raises Refused where it is gone, or has changed."""
        with path.open("wb") as file:
            sha256 = self._passed_on(dump, file.write)
        if sha256 != dump.sha256:
            raise Refused(
                f"The bytes of the {dump.word} {dump.key} have changed.",
                next_step="Take another backup, and find out who may write to the bucket.",
            )

    def _passed_on(self, dump: Dump, take: Callable[[bytes], object]) -> str:
        """The SHA-256 (hex) of what is stored, each piece of which is handed to `take`."""
        digest = hashlib.sha256()
        with self._telling_absence(dump):
            wanted = self._aws.s3.get_object(Bucket=self._bucket, Key=dump.key, VersionId=dump.version_id)
        for chunk in wanted["Body"].iter_chunks(_CHUNK_BYTES):
            digest.update(chunk)
            take(chunk)
        return digest.hexdigest()

    def _read(self, key: str) -> Backup:
        body = self._aws.s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            return Backup.model_validate_json(body)
        except ValidationError as error:
            raise Refused(
                f"The record of the backup {key} was changed: it cannot be read.",
                next_step="Bring back its first version in S3.",
            ) from error


def no_backups_bucket(bucket: str) -> Refused:
    """What is said where the backups bucket is not there."""
    return Refused(
        f"There is no bucket {bucket} for backups.",
        next_step="Run the initial-deployment scenario, or correct aws.backups_bucket in the TOML file.",
    )


def _key(database: DatabaseName, backup_id: BackupId) -> str:
    return f"{database}/{backup_id}/backup.json"
