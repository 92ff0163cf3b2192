"""Databases that run elsewhere, such as Aura: what needs a machine leaves them alone."""

from __future__ import annotations

from collections.abc import Collection

from models.environment import Environment
from models.errors import Refused
from models.names import DatabaseName


def require_machines(environment: Environment, databases: Collection[DatabaseName]) -> None:
    """Raise Refused where one of them runs on no machine of this infrastructure."""
    away = [name for name in databases if name in environment.elsewhere]
    if away:
        run = "run" if len(away) > 1 else "runs"
        raise Refused(
            f"{environment.name}'s {' and '.join(away)} {run} elsewhere: no machine of ours is there to "
            "change, to fence or to copy.",
            next_step="Do it with the tools of whoever runs the database.",
        )


def nothing_of_ours(environment: Environment) -> str:
    """Why there is nothing to back up, where all databases run elsewhere and none has where to prove it."""
    return (
        f"All databases of {environment.name} run elsewhere, and none has a database where its backups could "
        "be proven: whoever runs them backs them up."
    )
