"""Changes what an environment's file says on the sandbox, as its maintainers do: each run reads it anew."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tomli_w

from sandbox.settings import SandboxSettings

Document = dict[str, Any]


@contextmanager
def changed(settings: SandboxSettings, name: str, change: Callable[[Document], None]) -> Iterator[None]:
    """The environment's file is changed within, and as it was afterwards."""
    path = settings.environments / f"{name}.toml"
    before = path.read_text()
    document = tomllib.loads(before)
    change(document)
    path.write_text(tomli_w.dumps(document))
    try:
        yield
    finally:
        path.write_text(before)
