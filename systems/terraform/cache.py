"""Where things are kept that can be had again: the shim, the CLI configuration, provider plugins."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """`CREDEX_CACHE_DIR`, else the user's cache folder. Not created here."""
    configured = os.environ.get("CREDEX_CACHE_DIR")
    return Path(configured) if configured else platformdirs.user_cache_path("credex-deploy")
