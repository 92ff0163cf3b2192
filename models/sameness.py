"""Whether data is what it was: the error that says that it is not."""

from __future__ import annotations

from models.errors import DeployError
from models.export import Import
from models.fingerprint import Fingerprint
from models.names import DatabaseName

_MOST = 5
"""Differences told in one sentence; the first few say what kind of thing happened."""


class DataDiffers(DeployError):
    """A database, or a restored backup of it, does not hold what it should."""


def require_same_data(what: str, now: Fingerprint, earlier: Fingerprint, *, next_step: str) -> None:
    """Raise DataDiffers, naming what differs, unless both hold the same data."""
    _require_none(what, now.differences(earlier), next_step)


def require_imported(what: str, done: Import, *, next_step: str) -> None:
    """Raise DataDiffers, naming what differs, unless an import holds what was exported."""
    _require_none(what, done.differences(), next_step)


def require_same_databases(
    now: dict[DatabaseName, Fingerprint], earlier: dict[DatabaseName, Fingerprint], *, next_step: str
) -> None:
    """Raise DataDiffers for the first database that does not hold what it held before."""
    for database, before in earlier.items():
        require_same_data(f"The {database} database", now[database], before, next_step=next_step)


def _require_none(what: str, differences: list[str], next_step: str) -> None:
    if differences:
        more = f" and {len(differences) - _MOST} more" if len(differences) > _MOST else ""
        raise DataDiffers(f"{what} differs: {'; '.join(differences[:_MOST])}{more}.", next_step=next_step)
