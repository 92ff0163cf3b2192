"""List prices by region, each in a dated file beside this one."""

from __future__ import annotations

import tomllib
from importlib import resources

from models.cost import Prices


def load_prices(region: str) -> Prices | None:
    """The prices of a region; None where nobody has written them down yet."""
    file = resources.files(__name__) / f"{region}.toml"
    return Prices.model_validate(tomllib.loads(file.read_text("utf-8"))) if file.is_file() else None
