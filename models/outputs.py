"""What the root module puts out and the flows need, under the names that the environment's settings give."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from models.environment import OutputNames
from models.errors import SetUpError
from models.names import DatabaseName


class Outputs(BaseModel):
    """Where the environment's parts are."""

    model_config = ConfigDict(frozen=True)

    bolt_urls: dict[DatabaseName, str]
    cluster: str
    service: str
    api_url: str
    task_definition: str


def select_outputs(outputs: Mapping[str, object], names: OutputNames) -> Outputs:
    """The outputs that the flows need.

    Raises SetUpError naming the ones that are missing or empty.
    """
    wanted = names.model_dump()
    missing = sorted(
        name for name in wanted.values() if not (isinstance(outputs.get(name), str) and outputs[name])
    )
    if missing:
        raise SetUpError(
            f"Terraform's outputs lack {', '.join(missing)}.",
            next_step="Add them to the root module, or name the ones it has under [terraform.outputs].",
        )
    return Outputs(
        bolt_urls={
            DatabaseName.LEDGER: str(outputs[names.ledger_bolt_url]),
            DatabaseName.SEARCH: str(outputs[names.search_bolt_url]),
        },
        cluster=str(outputs[names.cluster]),
        service=str(outputs[names.service]),
        api_url=str(outputs[names.api_url]),
        task_definition=str(outputs[names.task_definition]),
    )
