"""Entries of the deployment log as flows write them."""

from __future__ import annotations

from models.log import Entry, Event
from models.names import DatabaseName, Scenario
from models.release import Database, Release

_MACHINE = Database(neo4j_version="5.26.30", instance_type="t3.small")


def release(commit: str = "a") -> Release:
    """A release of the commit made of this one hexadecimal digit."""
    return Release(
        environment="testing",
        commit=commit * 40,
        image_digest="sha256:" + commit * 64,
        desired_count=2,
        databases={DatabaseName.LEDGER: _MACHINE, DatabaseName.SEARCH: _MACHINE},
    )


def entry(event: Event = Event.STARTED, run: str = "run", commit: str = "a") -> Entry:
    """What the flow run of this name records."""
    return Entry(
        event=event,
        scenario=Scenario.APPLICATION_DEPLOYMENT,
        environment="testing",
        flow_run_id=run,
        flow_run_name=f"the run {run}",
        requester="Ada",
        release=release(commit),
    )
