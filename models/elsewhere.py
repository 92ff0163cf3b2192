"""Databases that run elsewhere, such as Aura: what needs a machine leaves them alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from models.environment import Environment
from models.errors import Refused
from models.markdown import code, table
from models.names import DatabaseName
from models.release import Release


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


def require_same_places(environment: Environment, current: Release | None) -> None:
    """Raise Refused where a database has a machine by the log and runs elsewhere by the file, or reversed."""
    machines = environment.first_release.databases.keys()
    if current is not None and current.databases.keys() != machines:
        names = " and ".join(sorted(current.databases.keys() ^ machines))
        raise Refused(
            f"{environment.name}'s {names} moved, by its file, from a machine here to one elsewhere or back; "
            "nothing here carries the data across.",
            next_step="Put databases.*.elsewhere back as it was at the last release.",
        )


def moved_page(environment: Environment, moved: Mapping[DatabaseName, str]) -> str:
    """What becomes of the data when the application is told of other databases, in Markdown."""
    rows = [[name.value, code(was), code(environment.elsewhere[name])] for name, was in moved.items()]
    return (
        "# The application gets other databases\n\n"
        f"{table(['database', 'until now', 'from now on'], rows)}\n\n"
        "**What was written to the old ones, and is not in the new ones, is lost to the application.** "
        "Its tasks start anew; until the last of them has, both are written to."
    )


def nothing_of_ours(environment: Environment) -> str:
    """Why there is nothing to back up, where all databases run elsewhere and none has where to prove it."""
    return (
        f"All databases of {environment.name} run elsewhere, and none has a database where its backups could "
        "be proven: whoever runs them backs them up."
    )
