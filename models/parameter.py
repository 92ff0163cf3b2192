"""Parameters of SSM as the flows speak of them; values are never among what is told."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class StoredParameter(BaseModel):
    """What a write came to: which version is in force, and whether this write made it."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    changed: bool


class ParameterDescription(BaseModel):
    """When a parameter was set last."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    modified_at: datetime
