"""A SecureString parameter read without decryption shows ciphertext; moto shows the plain value."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from moto.ssm.models import Parameter

from sandbox.aws.mends.mend import Clients, Mend, Seam

_PLAIN = "the plain value"

_stock_response = Parameter.response_object


def _patch() -> None:
    Parameter.response_object = _response_object  # type: ignore[method-assign]


def _response_object(self: Parameter, decrypt: bool = False, region: str | None = None) -> dict[str, Any]:
    response = _stock_response(self, decrypt, region)
    if self.parameter_type == "SecureString" and not decrypt:
        response["Value"] = _ciphertext(self)
    return response


def _ciphertext(parameter: Parameter) -> str:
    """Look like ciphertext and change with each version, without being made from the value."""
    seed = f"{parameter.name}:{parameter.version}"
    return base64.b64encode(b"AQICAH" + hashlib.sha512(seed.encode()).digest()).decode()


def _is_needed(clients: Clients) -> bool:
    ssm = clients("ssm")
    ssm.put_parameter(Name="/probe/secure", Value=_PLAIN, Type="SecureString", Overwrite=True)
    answers = (
        ssm.get_parameter(Name="/probe/secure")["Parameter"],
        *ssm.get_parameters(Names=["/probe/secure"])["Parameters"],
        *ssm.get_parameters_by_path(Path="/probe")["Parameters"],
    )
    return any(_PLAIN in answer["Value"] for answer in answers)


MEND = Mend(
    name="secure-strings",
    wrong="A SecureString parameter shows its plain value without decryption.",
    seams=(Seam(Parameter, "response_object", "aaa13335ddf4"),),
    patch=_patch,
    is_needed=_is_needed,
)
