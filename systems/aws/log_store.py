"""The deployment log's objects in S3: numbered keys, created, never overwritten. Knows nothing of records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from models.errors import Refused
from models.history import LogFinding
from systems.aws.creating import create_object
from systems.aws.errors import aws_errors
from systems.aws.session import Aws

_READERS = 16


class LogStore:
    """The objects `log/<environment>/<number>.json` of one bucket, the number with six digits."""

    def __init__(self, aws: Aws, bucket: str, environment: str) -> None:
        self._aws = aws
        self._bucket = bucket
        self._prefix = f"log/{environment}/"
        self._key_pattern = re.compile(re.escape(self._prefix) + r"(\d{6})\.json")

    def key(self, number: int) -> str:
        """Where the object of this number is; its order as text is its order as a number."""
        return f"{self._prefix}{number:06d}.json"

    def newest(self, at_least: int = 0) -> int:
        """The highest number there is, 0 for none; lists only what comes after `at_least`."""
        return max(self.numbers(after=at_least), default=at_least)

    @aws_errors()
    def numbers(self, after: int = 0) -> list[int]:
        """The numbers there are, ascending."""
        pages = self._aws.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=self.key(after)
        )
        try:
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        except self._aws.s3.exceptions.NoSuchBucket as error:
            raise self._no_bucket() from error
        return [int(match[1]) for match in map(self._key_pattern.fullmatch, keys) if match]

    @aws_errors()
    def read(self, number: int) -> bytes:
        """The object's bytes. Raises Refused when it is gone."""
        try:
            return self._aws.s3.get_object(Bucket=self._bucket, Key=self.key(number))["Body"].read()
        except self._aws.s3.exceptions.NoSuchKey as error:
            raise Refused(
                f"Record {number} of the deployment log is gone from {self._bucket}.",
                next_step=f"Bring back the deleted version of {self.key(number)} in S3.",
            ) from error

    def read_many(self, numbers: list[int]) -> list[bytes]:
        """The bytes of several objects, in that order, read at once."""
        with ThreadPoolExecutor(_READERS) as readers:
            return list(readers.map(self.read, numbers))

    @aws_errors()
    def create(self, number: int, body: bytes) -> bool:
        """Whether the object was created by this call; False when the number was taken."""
        try:
            return create_object(self._aws, self._bucket, self.key(number), body)
        except self._aws.s3.exceptions.NoSuchBucket as error:
            raise self._no_bucket() from error

    @aws_errors()
    def rewritten(self) -> list[LogFinding]:
        """Objects that a versioned bucket remembers as overwritten or deleted."""
        return sorted(self._rewritten(), key=lambda finding: finding.number)

    def _rewritten(self) -> Iterator[LogFinding]:
        versions: Counter[int] = Counter()
        for page in self._aws.s3.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        ):
            versions.update(self._numbers_of(item["Key"] for item in page.get("Versions", [])))
            for number in self._numbers_of(item["Key"] for item in page.get("DeleteMarkers", [])):
                yield LogFinding(number=number, problem="was deleted")
        for number, count in versions.items():
            if count > 1:
                yield LogFinding(number=number, problem=f"was overwritten: S3 holds {count} versions of it")

    def _numbers_of(self, keys: Iterator[str]) -> list[int]:
        return [int(match[1]) for match in map(self._key_pattern.fullmatch, keys) if match]

    def _no_bucket(self) -> Refused:
        return Refused(
            f"There is no bucket {self._bucket} with the deployment log.",
            next_step="Run the initial-deployment scenario, or correct aws.releases_bucket in the TOML file.",
        )
