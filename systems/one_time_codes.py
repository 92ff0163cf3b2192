"""Time-based one-time codes (RFC 6238), as authenticator apps make them: six digits, each for 30 seconds."""

from __future__ import annotations

import re
from datetime import datetime

import pyotp
from pydantic import SecretStr

from models.errors import SetUpError

_WINDOW = 1
"""How many codes before and after the present one are taken: clocks differ, and people type slowly."""

_ISSUER = "credex-deploy"


def new_secret() -> SecretStr:
    """A new secret (base32, 160 bits), from which a person's app and the flows make the same codes."""
    return SecretStr(pyotp.random_base32())


def enrolment_uri(secret: SecretStr, person: str, environment: str) -> str:
    """What an authenticator app reads, as text or as a QR code. It holds the secret in clear."""
    return pyotp.TOTP(secret.get_secret_value()).provisioning_uri(
        name=f"{person} ({environment})", issuer_name=_ISSUER
    )


def matching_counter(secret: SecretStr, code: SecretStr, given_at: datetime) -> int | None:
    """Which of the secret's codes this is, if it was good at that time; None where it is none.

    Spaces in the code, as apps show them, do not count. Raises SetUpError for a secret that is none.
    """
    digits = re.sub(r"\s", "", code.get_secret_value())
    try:
        totp = pyotp.TOTP(secret.get_secret_value())
    except ValueError:
        raise SetUpError(
            "The secret of an approver's codes is not one that codes can be made from.",
            next_step="Make a new one: credex approver add NAME --env ENV --replace.",
        ) from None
    try:
        return totp.verify_and_get_timecode(digits, for_time=given_at, valid_window=_WINDOW)
    except pyotp.exceptions.OTPVerificationError:
        return None
