"""Databases that moved: whoever keeps their addresses learns the new ones, the application last."""

from __future__ import annotations

from models.change import Change
from models.outputs import Outputs
from tasks.configuration import write_bolt_urls, write_github_secrets
from tasks.rollout import restart_application


def follow_addresses(change: Change, outputs: Outputs) -> None:
    """Write the Bolt URLs that changed to SSM and GitHub, and have the tasks start anew with them."""
    changed = write_bolt_urls(change.environment, outputs)
    if changed:
        write_github_secrets(change.environment)
        restart_application(change.environment, outputs, changed)
