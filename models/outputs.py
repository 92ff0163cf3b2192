"""What the root module puts out and the flows need, under the names that the environment's settings give."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import BaseModel, ConfigDict

from models.environment import OutputNames
from models.errors import SetUpError
from models.names import DatabaseName


class Outputs(BaseModel):
    """Where one slot's parts are: the live one's, unless it is said otherwise."""

    model_config = ConfigDict(frozen=True)

    bolt_urls: dict[DatabaseName, str]
    cluster: str
    service: str
    api_url: str
    task_definition: str
    load_balancer: str = ""
    """The load balancer's own DNS name; empty where the root module does not put it out."""


def select_outputs(
    outputs: Mapping[str, object], names: OutputNames, elsewhere: Mapping[DatabaseName, str]
) -> Outputs:
    """The outputs that the flows need; of databases that run elsewhere, the address is known already.

    Raises SetUpError naming the ones that are missing or empty.
    """
    wanted = wanted_outputs(names, elsewhere)
    _require(outputs, list(wanted.values()))
    return Outputs(
        bolt_urls={
            name: elsewhere[name] if name in elsewhere else str(outputs[wanted[f"{name}_bolt_url"]])
            for name in DatabaseName
        },
        cluster=str(outputs[names.cluster]),
        service=str(outputs[names.service]),
        api_url=str(outputs[names.api_url]),
        task_definition=str(outputs[names.task_definition]),
        load_balancer=_load_balancer(outputs, names),
    )


def wanted_outputs(names: OutputNames, elsewhere: Collection[DatabaseName]) -> dict[str, str]:
    """The root module's names of the outputs that the flows need, by our own."""
    spared = {"load_balancer", *(f"{name}_bolt_url" for name in elsewhere)}
    found: dict[str, str] = names.model_dump(exclude=spared)
    return found


def select_standby(outputs: Mapping[str, object], names: OutputNames) -> Outputs:
    """The same of the slot that is not live; its `api_url` is the listener for tests.

    Raises SetUpError where Terraform puts out none.
    """
    standby = outputs.get("standby")
    if not isinstance(standby, Mapping):
        raise SetUpError(
            "Terraform puts out no standby slot.",
            next_step="Migrations need a root module with slots, as terraform/ here has them.",
        )
    _require(standby, ["ledger_bolt_url", "search_bolt_url", "service", "task_definition", "api_url"])
    return Outputs(
        bolt_urls={name: str(standby[f"{name}_bolt_url"]) for name in DatabaseName},
        cluster=str(outputs[names.cluster]),
        service=str(standby["service"]),
        api_url=str(standby["api_url"]),
        task_definition=str(standby["task_definition"]),
        load_balancer=_load_balancer(outputs, names),
    )


def _load_balancer(outputs: Mapping[str, object], names: OutputNames) -> str:
    return str(outputs.get(names.load_balancer) or "")


def _require(outputs: Mapping[str, object], names: list[str]) -> None:
    missing = sorted(name for name in names if not (isinstance(outputs.get(name), str) and outputs[name]))
    if missing:
        raise SetUpError(
            f"Terraform's outputs lack {', '.join(missing)}.",
            next_step="Add them to the root module, or name the ones it has under [terraform.outputs].",
        )
