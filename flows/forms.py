"""The flows' parameters as forms in Prefect's UI: what only the environments' files can tell of them."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from models.errors import SetUpError
from models.request import Request
from systems.environments import environment_names, in_order_of_promotion


class _EnvironmentsToChoose:
    """Offers the environments that have a file at the time when the deployment is registered."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        try:
            known = environment_names()
        except SetUpError:
            return schema  # a flow may be imported where nothing is deployed from; it refuses by itself
        environment = handler.resolve_ref_schema(schema)["properties"]["environment"]
        environment.pop("pattern", None)
        environment["enum"] = in_order_of_promotion(known)
        return schema


R = TypeVar("R", bound=Request)

Form = Annotated[R, _EnvironmentsToChoose()]
"""A flow's request with the environments as a choice: `request: Form[VerificationRequest]`."""
