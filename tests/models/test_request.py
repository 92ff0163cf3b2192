"""What people ask for is checked before anything is done: names that could be anything else are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.request import ApplicationDeploymentRequest, InitialDeploymentRequest, VerificationRequest


@pytest.mark.parametrize(
    "reference",
    ["--output=/etc/passwd", "-b", "", "a b", "a\nb", "$(id)", "v1;id", "a:b", "`id`", "../x", "x" * 201],
)
def test_a_reference_that_could_be_an_option_or_a_path_is_refused(reference: str) -> None:
    """It reaches URLs and command lines."""
    with pytest.raises(ValidationError):
        ApplicationDeploymentRequest(environment="development", requester="Rutendo", commit=reference)


@pytest.mark.parametrize("reference", ["dev", "v1.4.0", "feature/x-1", "0" * 40, " main "])
def test_branches_tags_and_commits_are_taken(reference: str) -> None:
    """Blanks around them, which come with copying, are taken off."""
    request = ApplicationDeploymentRequest(environment="development", requester="Rutendo", commit=reference)
    assert request.commit == reference.strip()


@given(st.text(max_size=40))
def test_an_environments_name_is_lower_case_letters_digits_and_hyphens_or_refused(name: str) -> None:
    """It becomes part of names of buckets, keys and files."""
    try:
        taken = VerificationRequest(environment=name).environment
    except ValidationError:
        return
    assert set(taken) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert taken[0].isalpha()


@pytest.mark.parametrize("name", ["", "  ", "<script>", "a|b", "a\nb", "[x](y)", "x" * 101])
def test_a_persons_name_that_would_become_markup_is_refused(name: str) -> None:
    """It is shown in Markdown and kept in the log."""
    with pytest.raises(ValidationError):
        ApplicationDeploymentRequest(environment="development", requester=name)


def test_a_parameter_that_nobody_knows_is_refused() -> None:
    """A slip of the pen must not silently change nothing."""
    with pytest.raises(ValidationError, match="comit"):
        ApplicationDeploymentRequest.model_validate(
            {"environment": "development", "requester": "Rutendo", "comit": "dev"}
        )


@pytest.mark.parametrize("count", [0, -1, 21, "many"])
def test_a_number_of_tasks_outside_of_its_bounds_is_refused(count: object) -> None:
    """None at all, or more than the databases bear."""
    with pytest.raises(ValidationError):
        InitialDeploymentRequest.model_validate(
            {"environment": "development", "requester": "Rutendo", "desired_count": count}
        )
