"""Somebody who pushes to a branch just before we move it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from systems.github.branches import Branches


def push_before_moving(patch: pytest.MonkeyPatch, times: int, push: Callable[[str], object]) -> None:
    """Have `push` called with the name of a new file before each of the next so many moves."""
    advance, left = Branches.advance, list(range(times))

    def slower(self: Branches, name: str, commit: str) -> str | None:
        if left:
            push(f"faster{left.pop()}")
        return advance(self, name, commit)

    patch.setattr(Branches, "advance", slower)
