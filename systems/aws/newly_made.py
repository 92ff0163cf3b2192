"""What EC2 has made a moment ago: for some seconds it may answer that it does not know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from systems.aws.errors import error_code
from systems.waiting import Pace

Answer = TypeVar("Answer")

UNKNOWN_SECONDS = 60.0
"""How long EC2's answers may lag behind what it has made; they do so for seconds."""


def once_known(look: Callable[[], Answer | None], unknown: str, pace: Pace) -> Callable[[], Answer | None]:
    """The look, but for the first minute EC2's error `unknown` means that there is no answer yet.

    After that minute the error is raised: what is looked for is gone.
    """
    deadline = pace.clock() + UNKNOWN_SECONDS

    def look_again() -> Answer | None:
        try:
            return look()
        except ClientError as error:
            if error_code(error) != unknown or pace.clock() >= deadline:
                raise
            return None

    return look_again
