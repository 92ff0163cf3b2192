"""The settings of the process itself, from `CREDEX_*` variables; the rest is in the environments' files."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where this process finds the environments' files and keeps its scratch files."""

    model_config = SettingsConfigDict(env_prefix="CREDEX_")

    environments_dir: Path = Path("deployments/environments")
    work_dir: Path = Field(default_factory=lambda: platformdirs.user_state_path("credex-deploy") / "runs")
    """Scratch folders of runs, one each, readable by this user alone and removed after use."""

    results_bucket: str | None = None
    """The bucket of the steps' results, where several workers serve one pool without a shared disk."""

    results_key_alias: str = Field(default="alias/credex-results", pattern="^alias/")
    """The KMS key of that bucket."""
