"""The parts of a saved plan's JSON that are read: HashiCorp's "JSON Output Format" 1.x, values and all."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from systems.terraform.paths import masked, true_paths


class Part(BaseModel):
    """A piece of the JSON; what else Terraform says in it is left out, and an error shows none of it."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Importing(Part):
    """What is adopted from outside the state."""

    id: str | None = None


class Change(Part):
    """What happens to a resource or an output; before and after hold secrets in clear."""

    actions: list[str]
    before: object = None
    after: object = None
    after_unknown: object = None
    before_sensitive: object = None
    after_sensitive: object = None
    replace_paths: list[list[str | int]] = []
    importing: Importing | None = None

    @property
    def known_after(self) -> object:
        """What it is to become; what only the apply will tell is marked as unknown."""
        return masked(self.after, frozenset(true_paths(self.after_unknown)))


class Resource(Part):
    """A resource with its change."""

    address: str
    type: str
    provider_name: str = ""
    deposed: str | None = None
    previous_address: str | None = None
    action_reason: str | None = None
    change: Change


class Drift(Part):
    """A resource that is not as the state says."""

    address: str
    change: Change


class Module(Part):
    """The root module, as its files say; of its variables only the names are read."""

    variables: dict[str, object] = {}


class Configuration(Part):
    """The files that were planned."""

    root_module: Module = Module()


class Document(Part):
    """The whole plan."""

    format_version: str
    errored: bool = False
    complete: bool = True
    resource_changes: list[Resource] = []
    output_changes: dict[str, Change] = {}
    resource_drift: list[Drift] = []
    deferred_changes: list[object] = []
    configuration: Configuration = Configuration()
    action_invocations: list[object] = []
    deferred_action_invocations: list[object] = []
