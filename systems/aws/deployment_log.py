"""The deployment log of one environment: append-only, numbered, chained by hash, in S3.

What records mean is in `models.history`, how they are stored in `systems.aws.log_store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import takewhile

from pydantic import ValidationError

from models import history
from models.errors import Refused, ServiceUnavailable
from models.history import LogFinding
from models.log import GENESIS, Entry, Event, Record
from models.release import Release
from systems.aws.log_store import LogStore
from systems.aws.session import Aws

_ATTEMPTS = 100
"""How many other writers in a row may be faster. Each lost attempt is another's record."""
_READ_AT_ONCE = 16


class DeploymentLog:
    """Reads and appends records. Any number of processes may do so at once: each number has one winner."""

    def __init__(
        self,
        aws: Aws,
        bucket: str,
        environment: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.environment = environment
        self._store = LogStore(aws, bucket, environment)
        self._now = now
        self._newest_known = 0

    def append(self, entry: Entry) -> Record:
        """Write the entry as the next record.

        Raises Refused when the bucket is not there, ServiceUnavailable when others are always faster.
        """
        return self._append(entry, lambda: None)

    def append_once(self, entry: Entry) -> Record:
        """The record of this flow run, event and plan: the one that is there already, else a new one.

        A run that was killed after recording, and goes on, so records nothing twice; one that had to plan
        anew has each event of its new plan too.
        """
        return self._append(
            entry, lambda: self.find(entry.flow_run_id, entry.event, plan_sha256=entry.plan_sha256)
        )

    def _append(self, entry: Entry, existing: Callable[[], Record | None]) -> Record:
        if entry.environment != self.environment:
            raise ValueError(f"an entry of {entry.environment} in the log of {self.environment}")
        for _ in range(_ATTEMPTS):
            head = self._head()
            if record := existing():
                return record
            record = self._follow(head, entry)
            if self._store.create(record.number, record.model_dump_json().encode()):
                return record
        raise ServiceUnavailable(
            f"Too many write to the deployment log of {self.environment} at once.", next_step="Try again."
        )

    def _follow(self, head: int, entry: Entry) -> Record:
        previous = hashlib.sha256(self._store.read(head)).hexdigest() if head else GENESIS
        return Record(number=head + 1, written_at=self._now(), previous_hash=previous, entry=entry)

    def _head(self) -> int:
        self._newest_known = self._store.newest(at_least=self._newest_known)
        return self._newest_known

    def records(self) -> list[Record]:
        """All records, oldest first. Raises Refused for one that cannot be read."""
        return list(reversed(list(self._newest_first())))

    def last(self) -> Record | None:
        """The newest record, whatever it tells; None for an empty log."""
        return next(self._newest_first(), None)

    def find(self, flow_run_id: str, *events: Event, plan_sha256: str | None = None) -> Record | None:
        """The newest record of this flow run and any of these events; where a plan is given, only of that."""
        for record in self._newest_first():
            entry = record.entry
            same = entry.flow_run_id == flow_run_id and entry.event in events
            if same and plan_sha256 in {None, entry.plan_sha256}:
                return record
        return None

    def current_release(self) -> Release | None:
        """What the environment is by its last good record; None where nothing ever succeeded."""
        return next(history.good_releases(self._newest_first()), None)

    def proven_releases(self) -> Iterator[Release]:
        """Every release that was verified while a task ran it, newest first; else nothing was proven."""
        good = history.good_releases(self._newest_first())
        return (release for release in good if release.desired_count > 0)

    def begun_since_good(self, *, besides: str) -> Record | None:
        """The newest apply that began after the last good record, by all that runs besides this one wrote."""
        others = (record for record in self._newest_first() if record.entry.flow_run_id != besides)
        return next(history.begun_since_good(others), None)

    def recent(self, since: datetime) -> list[Record]:
        """The records written since a moment, oldest first; no older record is read but a few beside them."""
        newest_first = takewhile(lambda record: record.written_at > since, self._newest_first())
        return list(newest_first)[::-1]

    def unfinished(self) -> list[Record]:
        """The started records whose flow run recorded no end afterwards, oldest first."""
        return history.unfinished(self.records())

    def verify(self) -> list[LogFinding]:
        """Whatever was changed, removed or reordered since it was written; nothing for a sound log."""
        numbers = self._store.numbers()
        stored = dict(zip(numbers, self._store.read_many(numbers), strict=True))
        return history.verify_chain(stored) + self._store.rewritten()

    def _newest_first(self) -> Iterator[Record]:
        numbers = self._store.numbers()[::-1]
        for start in range(0, len(numbers), _READ_AT_ONCE):
            chunk = numbers[start : start + _READ_AT_ONCE]
            for number, body in zip(chunk, self._store.read_many(chunk), strict=True):
                yield self._parse(number, body)

    def _parse(self, number: int, body: bytes) -> Record:
        try:
            return Record.model_validate_json(body)
        except ValidationError as error:
            raise Refused(
                f"Record {number} of the log of {self.environment} was changed: it cannot be read.",
                next_step=f"Bring back the first version of {self._store.key(number)} in S3.",
            ) from error
