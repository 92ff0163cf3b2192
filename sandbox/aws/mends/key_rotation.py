"""The rotation of a KMS key tells its period; moto forgets it."""

from __future__ import annotations

import json

from moto.kms.responses import KmsResponse

from sandbox.aws.mends.mend import Clients, Mend, Seam

DEFAULT_PERIOD_DAYS = 365

_stock_enable = KmsResponse.enable_key_rotation
_stock_status = KmsResponse.get_key_rotation_status


def _patch() -> None:
    KmsResponse.enable_key_rotation = _enable_key_rotation  # type: ignore[method-assign]
    KmsResponse.get_key_rotation_status = _get_key_rotation_status  # type: ignore[method-assign]


def _enable_key_rotation(self: KmsResponse) -> str:
    answer = _stock_enable(self)
    key = self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]
    key.__dict__["rotation_period"] = self._get_param("RotationPeriodInDays") or DEFAULT_PERIOD_DAYS
    return answer


def _get_key_rotation_status(self: KmsResponse) -> str:
    status = json.loads(_stock_status(self))
    key_id = self.kms_backend.get_key_id(self._get_param("KeyId"))
    status["KeyId"] = key_id
    if status["KeyRotationEnabled"]:
        period = self.kms_backend.keys[key_id].__dict__.get("rotation_period", DEFAULT_PERIOD_DAYS)
        status["RotationPeriodInDays"] = period
    return json.dumps(status)


def _is_needed(clients: Clients) -> bool:
    kms = clients("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    return bool(kms.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays") != 180)


MEND = Mend(
    name="key-rotation",
    wrong="The rotation period of a KMS key is forgotten.",
    seams=(
        Seam(KmsResponse, "enable_key_rotation", "44855ef43388"),
        Seam(KmsResponse, "get_key_rotation_status", "101ab380134f"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
