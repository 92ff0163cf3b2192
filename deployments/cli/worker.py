"""`credex worker`: run flow runs on this machine."""

from __future__ import annotations


def worker() -> None:
    """Run flow runs of the work pool on this machine, and continue interrupted ones, until stopped."""
    from deployments.worker import main  # noqa: PLC0415 only this command needs all of Prefect

    main()
