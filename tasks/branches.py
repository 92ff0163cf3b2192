"""Tells people what becomes of a branch that a change is to move."""

from __future__ import annotations

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact

from models.branch import BranchEnd, Outcome
from models.check import Check
from models.markdown import plain
from models.merging import MergeEnd


def say(sentence: str) -> None:
    """Tell what happens meanwhile."""
    get_run_logger().info("%s", sentence)


def tell_of_end(ended: BranchEnd | MergeEnd, *, key: str, merge_when: str = "") -> Check:
    """Tell what became of the branch; a pull request that waits gets an artifact of its own, under `key`."""
    found = ended.check()
    if ended.outcome is Outcome.PULL_REQUEST:
        create_markdown_artifact(
            f"{plain(found.detail)}\n\n[Merge this](<{ended.pull_request}>){merge_when}.",
            key=key,
            description=f"{ended.branch} waits for a pull request",
        )
    say(f"{found.detail}.")
    return found
