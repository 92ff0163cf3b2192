"""The kinds of rules that find what protects less after a change than before; see `safeguards`. Pure.

They work on the values of a plan's JSON and give clauses without them. A value that is known only after the
apply cannot be judged: that is said, and not taken for a loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from models.plan import Loss, Weakening
from systems.terraform.paths import UNKNOWN, opened

NOT_YET_KNOWN = "as far as the plan knows yet"

Values = list[object]


class Rule(Protocol):
    """One thing that must not become weaker."""

    def weakening(self, before: object, after: object) -> Weakening | None:
        """What is lost from before to after, if anything."""


@dataclass(frozen=True)
class Rank:
    """A setting whose values are ordered from the weakest to the strongest.

    What is not set stands for `absent`, and what is not in the order is as weak as its first.
    """

    path: str
    order: tuple[object, ...]
    what: str
    absent: object = None

    def weakening(self, before: object, after: object) -> Weakening | None:
        """Lost where the weakest of the values is weaker than before."""
        earlier, later = values_at(before, self.path), values_at(after, self.path)
        weakest = self._weakest(earlier)
        if weakest == 0:
            return None
        if UNKNOWN in later:
            return _perhaps(self.what)
        return Weakening(what=self.what) if self._weakest(later) < weakest else None

    def _weakest(self, values: Values) -> int:
        known = [self.absent if value is None else value for value in values or [None]]
        return min(self.order.index(value) if value in self.order else 0 for value in known)


@dataclass(frozen=True)
class Same:
    """A setting that must stay what it is once it is set: another key, another volume."""

    path: str
    what: str
    loss: Loss = Loss.PROTECTION
    certain: bool = True
    unknown_is_another: bool = False

    def weakening(self, before: object, after: object) -> Weakening | None:
        """Lost where the values are others than before."""
        earlier, later = _set(values_at(before, self.path)), _set(values_at(after, self.path))
        if not earlier or earlier == later:
            return None
        if UNKNOWN in later and not self.unknown_is_another:
            return _perhaps(self.what)
        return Weakening(loss=self.loss, what=self.what, certain=self.certain)


@dataclass(frozen=True)
class Least:
    """A number that must not become lower. With `forever`, 0 or nothing stands for no limit."""

    path: str
    what: str
    loss: Loss = Loss.PROTECTION
    certain: bool = True
    forever: bool = False

    def weakening(self, before: object, after: object) -> Weakening | None:
        """Lost where the lowest number is lower than before."""
        later = values_at(after, self.path)
        earlier, lowest = self._lowest(values_at(before, self.path)), self._lowest(later)
        if UNKNOWN in later:
            return _perhaps(self.what) if earlier else None
        return Weakening(loss=self.loss, what=self.what, certain=self.certain) if lowest < earlier else None

    def _lowest(self, values: Values) -> float:
        numbers = [value for value in values if isinstance(value, int | float)]
        if self.forever:
            numbers = [value or float("inf") for value in numbers] or [float("inf")]
        return min(numbers, default=0)


@dataclass(frozen=True)
class NoMore:
    """A list to which nothing may be added, such as the security groups of a machine."""

    path: str
    what: str

    def weakening(self, before: object, after: object) -> Weakening | None:
        """Lost where something is in it that was not."""
        earlier, later = (_set(_flat(values_at(value, self.path))) for value in (before, after))
        if UNKNOWN in later:
            return _perhaps(self.what) if earlier else None
        return Weakening(loss=Loss.ACCESS, what=self.what) if later - earlier else None


def values_at(value: object, path: str) -> Values:
    """Every value that stands at a path such as `rule.filter.prefix`, through all lists on the way."""
    found = [value]
    for key in path.split("."):
        found = [inner for outer in found for inner in _step(outer, key)]
    return found


def _step(value: object, key: str) -> Iterator[object]:
    value = opened(value)
    if value == UNKNOWN:
        yield UNKNOWN
    elif isinstance(value, dict):
        yield value.get(key)
    elif isinstance(value, list):
        for item in value:
            yield from _step(item, key)


def _flat(values: Values) -> Values:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _set(values: Values) -> set[object]:
    return {value for value in values if isinstance(value, str | int | float) and value != ""}


def _perhaps(what: str) -> Weakening:
    return Weakening(what=f"{what}, {NOT_YET_KNOWN}", certain=False)
