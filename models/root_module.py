"""How a release is said to a root module of Terraform: under the names of its own variables, or not at all.

`terraform/` here knows every variable; a root that others wrote has its own names, and may lack some.
Terraform only warns of a value for a variable that is not declared: what a root would ignore is found here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.errors import Refused, SetUpError
from models.release import Release

VariableName = Annotated[str, StringConstraints(pattern=r"^([A-Za-z_][A-Za-z0-9_-]{0,99})?$")]

_WORDS = {
    "desired_count": "the number of tasks",
    "databases": "its databases' machines",
    "configuration_versions": "the versions of configuration values",
    "live_slot": "which slot is live",
    "standby": "the slot beside the live one",
    "traffic_weights": "how requests are divided",
}
"""What is changed by each variable but those of the image, which are each other's substitute."""


class VariableNames(BaseModel):
    """The root module's variables that a release sets, each by its name there; "" where there is none.

    What a root is not told, no scenario can change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: VariableName = "environment"
    commit: VariableName = Field(
        default="commit", description="A root that names images by their tag takes this for it."
    )
    image_digest: VariableName = "image_digest"
    desired_count: VariableName = "desired_count"
    databases: VariableName = "databases"
    configuration_versions: VariableName = "configuration_versions"
    live_slot: VariableName = "live_slot"
    standby: VariableName = "standby"
    traffic_weights: VariableName = "traffic_weights"

    @model_validator(mode="after")
    def _tells_the_image(self) -> Self:
        if not (self.commit or self.image_digest):
            raise ValueError("commit or image_digest has to be named: else no release changes what runs")
        told = [name for name in self.model_dump().values() if name]
        if len(set(told)) < len(told):
            raise ValueError("two of them have one name")
        return self

    @property
    def by_tag(self) -> bool:
        """Whether images are named by their tag, which is the commit."""
        return not self.image_digest


_SLOTS = {"live_slot", "standby", "traffic_weights"}
"""Needed by nothing but migrations: a root without slots is told of none."""


def wanted_variables(names: VariableNames) -> set[str]:
    """The variables that a root module has to declare, by its own names, whatever scenario is started."""
    return {name for ours, name in names.model_dump().items() if name and ours not in _SLOTS}


def untold(names: VariableNames) -> list[str]:
    """What the root module is not told, in words."""
    return list(_untold(names).values())


def _untold(names: VariableNames) -> dict[str, str]:
    own = names.model_dump()
    return {name: words for name, words in _WORDS.items() if not own[name]}


def told_variables(release: Release, names: VariableNames) -> dict[str, object]:
    """The root module's variables, under its own names, as the release says."""
    own = names.model_dump()
    return {own[name]: value for name, value in release.terraform_variables().items() if own[name]}


def require_told(current: Release | None, release: Release, names: VariableNames) -> None:
    """Raise Refused where a release differs from the current one in what the root module is not told."""
    if current is None:
        return
    before, after = current.terraform_variables(), release.terraform_variables()
    lost = [words for name, words in _untold(names).items() if before.get(name) != after.get(name)]
    if lost:
        raise Refused(
            f"{release.environment}'s root module is not told {' and '.join(lost)}, so that cannot be "
            "changed from here.",
            next_step="Give it a variable for that, and name it under [terraform.variables].",
        )


def require_declared(told: Collection[str], declared: Collection[str]) -> None:
    """Raise SetUpError for variables that are told to a root module which does not declare them."""
    lacking = sorted(set(told) - set(declared))
    if lacking:
        raise SetUpError(
            f"The root module declares no variable {', '.join(lacking)}, and would ignore what it says.",
            next_step='Declare it, or name the one it has under [terraform.variables]; "" where it has none.',
        )
