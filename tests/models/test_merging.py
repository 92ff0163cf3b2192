"""What people read of a branch that got a fix, or did not."""

from __future__ import annotations

import pytest

from models.branch import Outcome
from models.check import Check, Verdict, Weight
from models.merging import MergeEnd, not_looked_at

HEAD, ADDRESS = "a" * 40, "https://github.example/credex/credex-core/pull/7"


@pytest.mark.parametrize("outcome", [Outcome.MOVED, Outcome.AGREED])
def test_a_branch_that_has_the_fix_is_well(outcome: Outcome) -> None:
    check = MergeEnd(branch="dev", outcome=outcome, head=HEAD).check()
    assert (check.passed, check.next_step, check.weight) == (True, "", Weight.TOLD)
    assert check.detail == f"dev has the fix, at {HEAD[:12]}"


def test_a_pull_request_is_told_with_the_files_and_what_to_do() -> None:
    """The service is well, so it is told and no more; a name with line breaks stays on its line."""
    check = MergeEnd(
        branch="dev",
        outcome=Outcome.PULL_REQUEST,
        head=HEAD,
        pull_request=ADDRESS,
        why="its changes conflict with the fix",
        paths=["a\nb"],
    ).check()
    assert (check.passed, check.weight) == (False, Weight.TOLD)
    assert r"conflict with the fix ('a\nb'); " + ADDRESS in check.detail
    assert check.next_step == f"Merge {ADDRESS} before dev is deployed again."


def test_a_branch_that_could_not_be_looked_at_is_gone_on_with_later() -> None:
    unseen = Check(name="x", verdict=Verdict.INCONCLUSIVE, detail="GitHub did not answer", next_step="Wait.")
    assert not_looked_at(unseen, "dev").next_step == "Start the hotfix again: it goes on with dev."
    seen = unseen.model_copy(update={"verdict": Verdict.FAILED})
    assert not_looked_at(seen, "dev") == seen
