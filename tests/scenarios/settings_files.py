"""What the scenarios' tests have an environment's file say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import tomli_w

from sandbox.settings import SandboxSettings
from sandbox.settings_files import Document
from systems.environments import environment_names


def thaw(settings: SandboxSettings) -> None:
    """Take all freezes away, so that no test depends on the time of the day."""
    for name in environment_names(settings.environments):
        path = settings.environments / f"{name}.toml"
        document = tomllib.loads(path.read_text())
        if document.pop("freeze", None):
            path.write_text(tomli_w.dumps(document))


def freeze(reason: str) -> Callable[[Document], None]:
    """Freeze an environment from yesterday to tomorrow."""
    today = datetime.now(UTC).date()
    window = {"reason": reason, "first_day": today - timedelta(days=1), "last_day": today + timedelta(days=1)}

    def change(document: Document) -> None:
        document["freeze"] = [window]

    return change


def expire_after(seconds: float) -> Callable[[Document], None]:
    """Have an environment's questions stand for a short while."""

    def change(document: Document) -> None:
        document["approval"]["expires_after_hours"] = seconds / 3600

    return change
