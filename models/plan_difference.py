"""What differs between a plan that was approved and the one that had to be made in its place."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from models.change import Change
from models.plan import ResourceChange, ShownValue
from models.release import Release

UNSEEN = "values that are not shown"


class Difference(BaseModel):
    """One thing that is not as it was approved, in plain text."""

    model_config = ConfigDict(frozen=True)

    what: str
    approved: str
    now: str


def differences(approved: Change, now: Change) -> list[Difference]:
    """Whatever differs; empty where both plans would do the same, from and to the same release."""
    return [
        *_of_releases("now", approved.current, now.current),
        *_of_releases("next", approved.release, now.release),
        *_of_resources(approved, now),
    ]


def _of_releases(when: str, before: Release | None, after: Release | None) -> Iterator[Difference]:
    old, new = (_words(release) for release in (before, after))
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Difference(
                what=f"{name} ({when})", approved=old.get(name, "none"), now=new.get(name, "none")
            )


def _words(release: Release | None) -> dict[str, str]:
    """The document's fields, nested ones by their path, shortened as people read them."""
    if release is None:
        return {}
    return dict(_flat("", release.model_dump(mode="json", exclude={"format_version", "environment"})))


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path} {key}".strip().replace("_", " "), inner)
    else:
        yield path, str(value)[: len("sha256:") + 12]


def _of_resources(approved: Change, now: Change) -> Iterator[Difference]:
    old, new = (_by_name(change) for change in (approved, now))
    for name in dict.fromkeys([*old, *new]):
        yield from _of_resource(name, old.get(name), new.get(name))
    if old == new and approved.saved.plan.changes_digest != now.saved.plan.changes_digest:
        yield Difference(what=UNSEEN, approved="as approved", now="others")


def _by_name(change: Change) -> dict[str, ResourceChange]:
    return {
        f"{item.address} {item.deposed}" if item.deposed else item.address: item
        for item in change.saved.plan.effective
    }


def _of_resource(name: str, old: ResourceChange | None, new: ResourceChange | None) -> Iterator[Difference]:
    if old is None or new is None or old.action is not new.action:
        yield Difference(what=name, approved=_action(old), now=_action(new))
    elif old != new:
        yield from list(_of_attributes(name, old, new)) or [
            Difference(what=f"{name}: {UNSEEN}", approved=_action(old), now=_action(new))
        ]


def _action(change: ResourceChange | None) -> str:
    return change.action.value if change else "untouched"


def _of_attributes(name: str, old: ResourceChange, new: ResourceChange) -> Iterator[Difference]:
    before, after = (_attributes(change) for change in (old, new))
    for attribute in dict.fromkeys([*before, *after]):
        pair = before.get(attribute, "unchanged"), after.get(attribute, "unchanged")
        if pair[0] != pair[1]:
            yield Difference(what=f"{name} {attribute}", approved=pair[0], now=pair[1])


def _attributes(change: ResourceChange) -> dict[str, str]:
    """What is told of each attribute that changes: its values where they are shown."""
    return dict.fromkeys(change.attributes, "changed") | {
        value.attribute: _values(value) for value in change.shown
    }


def _values(value: ShownValue) -> str:
    return f"{value.before or 'none'} to {value.after or 'none'}"
