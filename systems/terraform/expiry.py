"""How long a bucket keeps its objects by its lifecycle rules, and what of it becomes shorter. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.plan import Loss, Weakening
from systems.terraform.paths import UNKNOWN
from systems.terraform.weakening import values_at

LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"

_OBJECTS, _VERSIONS = "objects", "earlier versions of objects"


@dataclass(frozen=True)
class Expiry:
    """Objects under a prefix, with these tags and sizes, that go after some days.

    `kept` is how many newer versions stay whatever their age; a `date` stands in the place of days.
    """

    what: str
    prefix: str
    tags: frozenset[tuple[str, object]]
    sizes: tuple[object, ...]
    days: float = 0
    kept: float = 0
    date: str = ""

    def covers(self, other: Expiry) -> bool:
        """Whether whatever goes by the other goes by this one too, and not later."""
        return (
            self.what == other.what
            and other.prefix.startswith(self.prefix)
            and self.tags <= other.tags
            and self.sizes in {other.sizes, _NO_SIZES}
            and self.days <= other.days
            and self.kept <= other.kept
            and bool(self.date) == bool(other.date)
            and self.date <= other.date
        )

    def words(self) -> str:
        """For people, without the prefix or the tags."""
        some = "some of its " if self.prefix or self.tags else "its "
        when = (
            "on a fixed date" if self.date else f"after {self.days:g} {'day' if self.days == 1 else 'days'}"
        )
        return f"{some}{self.what} would go {when}, sooner than now"


_NO_SIZES = (None, None)


def shorter_life(resource_type: str, before: object, after: object) -> list[Weakening]:
    """What goes sooner by a bucket's rules after a change than before."""
    if resource_type != LIFECYCLE or not isinstance(after, dict):
        return []
    if UNKNOWN in values_at(after, "rule.status"):
        return [Weakening(what="how long its objects stay is not known yet", certain=False)]
    same_bucket = isinstance(before, dict) and before.get("bucket") == after.get("bucket")
    earlier = list(_expiries(before)) if same_bucket else []
    return [
        Weakening(loss=Loss.PROTECTION, what=expiry.words())
        for expiry in _expiries(after)
        if not any(old.covers(expiry) for old in earlier)
    ]


def _expiries(configuration: object) -> Iterator[Expiry]:
    for rule in values_at(configuration, "rule"):
        for each in rule if isinstance(rule, list) else []:
            if isinstance(each, dict) and each.get("status") == "Enabled":
                yield from _of(each)


def _of(rule: dict[str, object]) -> Iterator[Expiry]:
    scope = (_prefix(rule), _tags(rule), _sizes(rule))
    for days in _numbers(rule, "expiration.days"):
        yield Expiry(_OBJECTS, *scope, days)
    for date in filter(None, values_at(rule, "expiration.date")):
        yield Expiry(_OBJECTS, *scope, date=str(date))
    for days in _numbers(rule, "noncurrent_version_expiration.noncurrent_days"):
        kept = max(_numbers(rule, "noncurrent_version_expiration.newer_noncurrent_versions"), default=0)
        yield Expiry(_VERSIONS, *scope, days, kept)


def _prefix(rule: dict[str, object]) -> str:
    found = [
        value for path in ("prefix", "filter.prefix", "filter.and.prefix") for value in values_at(rule, path)
    ]
    return next((value for value in found if isinstance(value, str) and value), "")


def _tags(rule: dict[str, object]) -> frozenset[tuple[str, object]]:
    single = zip(values_at(rule, "filter.tag.key"), values_at(rule, "filter.tag.value"), strict=True)
    several = [tags for tags in values_at(rule, "filter.and.tags") if isinstance(tags, dict)]
    return frozenset(
        [(str(key), value) for key, value in single] + [i for tags in several for i in tags.items()]
    )


def _sizes(rule: dict[str, object]) -> tuple[object, ...]:
    """The least and greatest size, in bytes; two rules with other sizes are not compared."""
    return tuple(
        next(
            (
                value
                for where in ("filter.", "filter.and.")
                for value in values_at(rule, where + name)
                if value
            ),
            None,
        )
        for name in ("object_size_greater_than", "object_size_less_than")
    )


def _numbers(rule: dict[str, object], path: str) -> list[float]:
    """Zero stands for nothing. What is not known yet may be a day."""
    found = [1 if value == UNKNOWN else value for value in values_at(rule, path)]
    return [float(str(value)) for value in found if isinstance(value, int | float | str) and value]
