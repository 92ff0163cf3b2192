"""A flow that is under way until it is told to end, by a file in the folder that it is given."""

from __future__ import annotations

from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run

from systems.waiting import Pace, wait_for

BEGUN, END = "begun-", "end"


@flow(name="holding")
def holding(request: dict[str, str]) -> None:
    """Leave a mark, and wait."""
    folder = Path(request["folder"])
    (folder / f"{BEGUN}{flow_run.get_id()}").touch()
    assert wait_for(lambda: (folder / END).exists() or None, Pace(300, interval_seconds=0.2)), (
        "nobody ended it"
    )
