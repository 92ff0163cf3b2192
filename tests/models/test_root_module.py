"""A root module of others is told what it takes, under its own names, and nothing that it would ignore."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.errors import Refused, SetUpError
from models.names import Slot
from models.release import Release
from models.root_module import (
    VariableNames,
    require_declared,
    require_told,
    told_variables,
    untold,
    wanted_variables,
)

NOW = Release(
    environment="shop",
    commit="1" * 40,
    image_digest="sha256:" + "1" * 64,
    desired_count=2,
    databases={},
)
OWN = VariableNames()
THEIRS = VariableNames(
    environment="stage",
    commit="docker_tag",
    image_digest="",
    desired_count="app_count",
    databases="",
    configuration_versions="",
)


def test_a_release_is_told_under_the_roots_own_names() -> None:
    """What it has no name for is left out."""
    assert told_variables(NOW, THEIRS) == {"stage": "shop", "docker_tag": "1" * 40, "app_count": 2}
    assert told_variables(NOW, OWN) == NOW.terraform_variables()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"configuration": {"JWT_SECRET": 2}}, "the versions of configuration values"),
        ({"live": Slot.GREEN}, None),
        ({"desired_count": 3}, None),
        ({"commit": "2" * 40, "image_digest": "sha256:" + "2" * 64}, None),
    ],
)
def test_what_the_root_is_not_told_cannot_be_changed(change: dict[str, object], words: str | None) -> None:
    """It would apply cleanly, and nothing would come of it."""
    wanted = NOW.model_copy(update=change)
    require_told(None, wanted, THEIRS)
    require_told(NOW, wanted, OWN)
    if words is None:
        require_told(NOW, wanted, THEIRS)
        return
    with pytest.raises(Refused, match=words):
        require_told(NOW, wanted, THEIRS)


@given(st.sets(st.sampled_from(sorted(told_variables(NOW, OWN)))))
def test_each_variable_that_is_not_declared_is_named(declared: set[str]) -> None:
    """Terraform would only warn of them."""
    told = told_variables(NOW, OWN)
    lacking = told.keys() - declared
    if not lacking:
        require_declared(told, declared)
        return
    with pytest.raises(SetUpError) as caught:
        require_declared(told, declared)
    assert all(name in caught.value.problem for name in lacking)


def test_what_only_migrations_need_is_not_wanted_of_every_root() -> None:
    """All else is, and all that a first release tells is wanted."""
    assert wanted_variables(THEIRS) == {"stage", "docker_tag", "app_count"}
    assert wanted_variables(OWN) == told_variables(NOW, OWN).keys()
    assert untold(OWN) == []
    assert untold(THEIRS) == ["its databases' machines", "the versions of configuration values"]


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        ({"commit": "", "image_digest": ""}, "no release changes what runs"),
        ({"commit": "tag", "desired_count": "tag"}, "one name"),
        ({"commit": "no name"}, "pattern"),
    ],
)
def test_names_that_cannot_be_are_refused_with_the_file(names: dict[str, str], fault: str) -> None:
    """Before anything is planned with them."""
    with pytest.raises(ValidationError, match=fault):
        VariableNames.model_validate(names)
