"""A fix is deployed only if there are checks and all of them, the required ones included, are green."""

from __future__ import annotations

import pytest

from models.commit_checks import Colour, CommitCheck, require_green
from models.errors import Refused

COMMIT = "a" * 40


def checks(**colours: Colour) -> list[CommitCheck]:
    return [CommitCheck(name=name, colour=colour) for name, colour in colours.items()]


def test_green_ones_are_enough() -> None:
    require_green(COMMIT, checks(build=Colour.GREEN, test=Colour.GREEN), ["test"])


@pytest.mark.parametrize(
    ("found", "required", "problem"),
    [
        ([], [], "are missing: there is none at all"),
        (checks(build=Colour.GREEN), ["test", "lint"], "are missing: 'test', 'lint'"),
        (checks(build=Colour.GREEN, test=Colour.RUNNING), [], "have not ended: 'test'"),
        (checks(build=Colour.RUNNING, test=Colour.RED), ["lint"], "is not green: 'test'"),
        (checks(**dict.fromkeys("abcdefg", Colour.RED)), [], "'a', 'b', 'c', 'd', 'e' and 2 more"),
    ],
)
def test_all_else_is_refused_in_words(found: list[CommitCheck], required: list[str], problem: str) -> None:
    """What failed comes before what has not ended, and that before what is missing."""
    with pytest.raises(Refused) as caught:
        require_green(COMMIT, found, required)
    assert problem in caught.value.problem
    assert "hotfix again" in caught.value.next_step
