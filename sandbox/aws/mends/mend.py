"""What a mend is: a named correction of moto that notices when moto has moved on.

Two things keep a mend honest. Its seams are the functions of moto it replaces or leans on, each with the
fingerprint of the source it was written for: a moto that changed one of them refuses to be mended. Its probe
asks a server whether the wrong behaviour is there: the tests ask stock moto (must be wrong, else the mend is
to be deleted) and the mended one (must be right).
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from models.errors import SetUpError

CALL_FAILED = (ClientError, ResponseParserError)
"""What a probe's call may raise: an AWS error, or the page that moto shows when it breaks."""


class Clients(Protocol):
    """Gives boto3 clients of one server."""

    def __call__(self, service: str) -> Any:  # noqa: ANN401 - boto3 builds its clients at run time
        """Return the client of a service, such as "ec2"."""


@dataclass(frozen=True)
class Seam:
    """A function of moto (`owner.attribute`) and the fingerprint of the source the mend was written for.

    The fingerprint is None where the mend adds what moto lacks: there must be no such function then.
    """

    owner: type | ModuleType
    attribute: str
    fingerprint: str | None

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.attribute}"

    def actual(self) -> str | None:
        """Fingerprint the source that is installed; None where there is no such function any more."""
        function = inspect.getattr_static(self.owner, self.attribute, None)
        if isinstance(function, staticmethod | classmethod):
            function = function.__func__
        if isinstance(function, property):
            function = function.fget
        if function is None:
            return None
        source = inspect.getsource(inspect.unwrap(function))
        return hashlib.sha256(source.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Mend:
    """One correction.

    `wrong` says in a sentence what moto gets wrong; `patch` corrects it; `is_needed` asks a server, through
    boto3, whether it is wrong there.
    """

    name: str
    wrong: str
    seams: tuple[Seam, ...]
    patch: Callable[[], None]
    is_needed: Callable[[Clients], bool]


class MendMisfit(SetUpError):
    """Moto is not the one that a mend was written for."""


_installed: set[str] = set()


def install(mends: Iterable[Mend]) -> None:
    """Apply each mend once in the life of the process.

    All seams are looked at before anything is patched.

    Raises:
        MendMisfit: a function that a mend replaces has changed or is gone.

    """
    new = [mend for mend in mends if mend.name not in _installed]
    for mend in new:
        _check(mend)
    for mend in new:
        mend.patch()
        _installed.add(mend.name)


def _check(mend: Mend) -> None:
    for seam in mend.seams:
        actual = seam.actual()
        if actual != seam.fingerprint:
            found = "is gone" if actual is None else f"is another (fingerprint {actual})"
            raise MendMisfit(
                f"The mend {mend.name!r} does not fit this moto: {seam} {found}.",
                next_step="Install the moto that pyproject.toml pins, or adapt the mend to the new source.",
            )
