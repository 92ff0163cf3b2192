"""What people read of a branch that followed the service, or did not."""

from __future__ import annotations

import pytest

from models.branch import BranchEnd, Outcome, left_to_people
from models.check import Check, Verdict, Weight

HEAD, ADDRESS = "a" * 40, "https://github.example/credex/credex-core/pull/7"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_a_branch_that_follows_is_well_and_all_else_says_what_to_do(outcome: Outcome) -> None:
    """It is told, and puts nothing back: the service is well."""
    check = BranchEnd(branch="stage", outcome=outcome, head=HEAD, pull_request=ADDRESS).check()
    assert check.weight is Weight.TOLD
    assert check.passed == (outcome in {Outcome.MOVED, Outcome.AGREED})
    assert (check.next_step == "") == check.passed
    assert "stage" in check.detail


def test_files_in_conflict_are_shown_as_they_are_and_not_all_of_many() -> None:
    """A name with line breaks stays on its line."""
    ended = BranchEnd(
        branch="stage",
        outcome=Outcome.PULL_REQUEST,
        head=HEAD,
        pull_request=ADDRESS,
        why="later changes conflict with that",
        paths=["a\nb", *map(str, range(8))],
    )
    detail = ended.check().detail
    assert r"('a\nb', '0', '1', '2', '3' and 4 more)" in detail
    assert ADDRESS in detail


def test_a_branch_that_could_not_be_looked_at_is_left_to_people() -> None:
    """GitHub's own way out is no help there."""
    unseen = Check(name="x", verdict=Verdict.INCONCLUSIVE, detail="GitHub did not answer", next_step="Wait.")
    assert "before it is deployed again" in left_to_people(unseen, "stage").next_step
    seen = unseen.model_copy(update={"verdict": Verdict.FAILED})
    assert left_to_people(seen, "stage") == seen
