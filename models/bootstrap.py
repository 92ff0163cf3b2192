"""What must exist before Terraform can run, and whether it was there already."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Presence(StrEnum):
    """How a thing came to be there."""

    CREATED = "created"
    COMPLETED = "completed"
    EXISTING = "existing"


class Ensured(BaseModel):
    """One thing that is there now. `kind` is AWS's own word, for example S3 bucket."""

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    presence: Presence
    completed: list[str] = []
    """Settings that were never made before, for example versioning."""
