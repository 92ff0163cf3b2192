"""Plays an approver's authenticator app: the one-time codes that it shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pyotp

from models.environment import ApproverSettings, Environment
from models.errors import Refused
from systems.aws.parameters import read_parameters
from systems.aws.session import Aws


def codes_of(environment: Environment, name: str, now: datetime) -> dict[int, str]:
    """The codes that are good now, by their counter, the one that the app shows first.

    Raises Refused for somebody who is no approver of the environment.
    """
    approver = _approver(environment, name)
    secret = read_parameters(Aws(environment.aws.region), [approver.code_parameter])
    totp = pyotp.TOTP(secret[approver.code_parameter].get_secret_value())
    present = totp.timecode(now)
    return {counter: totp.generate_otp(counter) for counter in (present, present + 1, present - 1)}


def approving(environments: Iterable[Environment], name: str) -> Environment:
    """The first environment in which this person may approve.

    Raises Refused where there is none, naming those who may.
    """
    known = list(environments)
    found = next((item for item in known if item.approval.approver(name)), None)
    if found is None:
        names = sorted({approver.name for item in known for approver in item.approval.approvers})
        raise Refused(f"{name} is no approver.", next_step=f"Choose one of {', '.join(names)}.")
    return found


def _approver(environment: Environment, name: str) -> ApproverSettings:
    approver = environment.approval.approver(name)
    if approver is None:
        names = ", ".join(item.name for item in environment.approval.approvers) or "nobody"
        raise Refused(f"{name} is no approver of {environment.name}.", next_step=f"Those who are: {names}.")
    return approver
