"""A stand-in as tests want it: seeded once, copied for each, on a free port, with a clock that ticks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sandbox.github.seed import seed_repository
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token

FULL, READER = Token.full("full-token-value"), Token.read_only("read-token-value")


def seed_folder(folder: Path) -> Path:
    """A stand-in's folder with the repository in it, to copy from."""
    server = GitHubServer("127.0.0.1", 0, folder, [FULL])
    seed_repository(server)
    server.stop()
    return folder


@contextmanager
def running_copy(
    seeded: Path, root: Path, tokens: Sequence[Token] = (FULL, READER)
) -> Iterator[GitHubServer]:
    """A stand-in of one's own over a copy of the seeded folder. Times it tells are a second apart."""
    shutil.copytree(seeded, root)
    start, seconds = datetime(2026, 11, 24, 8, 0, tzinfo=UTC), count()

    def clock() -> datetime:
        return start + timedelta(seconds=next(seconds))

    with GitHubServer("127.0.0.1", 0, root, tokens, clock=clock) as server:
        yield server
