"""Runs a step for several databases at once; none is left running when one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from prefect.futures import PrefectFuture, wait

from models.names import DatabaseName

R = TypeVar("R")


def side_by_side(
    databases: Iterable[DatabaseName], submit: Callable[[DatabaseName], PrefectFuture[R]]
) -> dict[DatabaseName, R]:
    """The results of a submitted step by database, once all have ended.

    Raises what the first of them raised, after the others have ended too.
    """
    futures = {database: submit(database) for database in databases}
    wait(list(futures.values()))
    return {database: future.result() for database, future in futures.items()}
