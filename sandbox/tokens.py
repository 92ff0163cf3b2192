"""The tokens of the GitHub stand-in, made up once for each sandbox; only their owner can read the files."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

DEPLOYER = "deployer"
"""The deployment system's own; also in SSM, where the flows take it from."""

INSPECTOR = "inspector"
"""Opens what GitHub itself never shows: secrets in clear."""


def read_or_make_token(home: Path, name: str) -> str:
    """The sandbox's token of this name."""
    path = home / "tokens" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"github_pat_{secrets.token_hex(32)}")
    return path.read_text()
