"""The least that Prefect can do: a flow with one task that does nothing."""

from __future__ import annotations

from prefect import flow, task


@task
def nothing() -> None:
    """Do nothing."""


@flow(name="benchmark-empty")
def empty() -> None:
    """Start one task."""
    nothing()
