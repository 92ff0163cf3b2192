"""Typed records kept in one JSON file for each kind, so that the sandbox can be stopped and started again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Clock = Callable[[], datetime]
"""Gives the present time, with its zone; tests pass their own."""


class Record(BaseModel):
    """What every record has: a number that is never given twice, and when it was made and last changed."""

    model_config = ConfigDict(frozen=True)

    id: int
    created_at: datetime
    updated_at: datetime


R = TypeVar("R", bound=Record)


class _Content(BaseModel, Generic[R]):
    last_id: int = 0
    records: list[R] = []


class Table(Generic[R]):
    """The records of one kind, oldest first. Each method is atomic, and on disk when it returns."""

    def __init__(self, path: Path, kind: type[R], clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.RLock()
        content = _Content[kind]  # type: ignore[valid-type]
        self._content: _Content[R] = (
            content.model_validate_json(path.read_bytes()) if path.exists() else content()
        )

    def all(self) -> list[R]:
        """All records, oldest first."""
        with self._lock:
            return list(self._content.records)

    def where(self, matches: Callable[[R], bool]) -> list[R]:
        """The records that match, oldest first."""
        return [record for record in self.all() if matches(record)]

    def get(self, number: int) -> R | None:
        """The record of this number."""
        return next(iter(self.where(lambda record: record.id == number)), None)

    def add(self, build: Callable[[int, datetime], R]) -> R:
        """Keep what `build` makes of the next number and the present time."""
        with self._lock:
            record = build(self._content.last_id + 1, self._clock())
            self._content.last_id = record.id
            self._content.records.append(record)
            self._save()
            return record

    def change(self, number: int, **fields: object) -> R:
        """Keep the record with these fields changed; its `updated_at` is now.

        Raises KeyError where there is none of this number.
        """
        with self._lock:
            for place, record in enumerate(self._content.records):
                if record.id == number:
                    changed = record.model_copy(update={**fields, "updated_at": self._clock()})
                    self._content.records[place] = changed
                    self._save()
                    return changed
        raise KeyError(number)

    def remove(self, number: int) -> None:
        """Forget the record of this number, if there is one."""
        with self._lock:
            self._content.records = [record for record in self._content.records if record.id != number]
            self._save()

    def _save(self) -> None:
        scratch = self._path.with_suffix(".new")
        scratch.write_text(self._content.model_dump_json(indent=1))
        scratch.replace(self._path)
