"""The driver's exceptions in the words of whoever has to act on them.

Messages of the server are not repeated: they may quote people's data, and our own queries are known.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import AuthError, DriverError, Neo4jError, TransientError

from models.errors import DeployError, ServiceUnavailable, SetUpError
from systems.neo4j.bolt_url import BoltUrl

_PAUSED = "Neo.ClientError.Security.AuthenticationRateLimit"
_EXPIRED = "Neo.ClientError.Security.CredentialsExpired"
_NOT_ONLINE = {
    "Neo.DatabaseError.Database.DatabaseUnavailable",
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.ClientError.General.DatabaseUnavailable",
}


class WrongCredentials(SetUpError):
    """The server answers, and does not let this user in with this password."""


class LoginsPaused(ServiceUnavailable):
    """The server answers no login for some seconds, not even a right one, after several wrong passwords."""


class QueryRefused(DeployError):
    """The server did not carry out a query. `code` is Neo4j's own, such as Neo.ClientError.General...."""

    def __init__(self, problem: str, *, next_step: str, code: str) -> None:
        super().__init__(problem, next_step=next_step)
        self.code = code


@contextmanager
def in_plain_words(url: BoltUrl) -> Iterator[None]:
    """Turn whatever the driver raises inside into one of the errors above, or ServiceUnavailable."""
    try:
        yield
    except Neo4jError as error:
        raise _of_server(url, error) from None
    except (DriverError, OSError) as error:
        raise ServiceUnavailable(
            f"Neo4j at {url} does not answer: {_why(error)}.",
            next_step="Check that its machine runs and that its security group lets this machine in.",
        ) from None


def _of_server(url: BoltUrl, error: Neo4jError) -> DeployError:
    code = error.code or "unknown"
    if isinstance(error, AuthError):
        return WrongCredentials(
            f"Neo4j at {url} does not accept the user and password.",
            next_step="Store the database's present password under the environment's keys, then try again.",
        )
    if code == _PAUSED:
        return LoginsPaused(
            f"Neo4j at {url} pauses logins after several wrong passwords.",
            next_step="Find out who tries wrong passwords (often an old task); it ends some seconds after.",
        )
    if code == _EXPIRED:
        return WrongCredentials(
            f"Neo4j at {url} still has a password that must be changed before it is used.",
            next_step="Set the initial password with neo4j-admin before the first start, or change it now.",
        )
    if isinstance(error, TransientError) or code in _NOT_ONLINE:
        return ServiceUnavailable(
            f"Neo4j at {url} answers, but its database is not online ({code}).",
            next_step="Wait for its recovery; if it stays so, read the server's neo4j.log.",
        )
    return QueryRefused(
        f"Neo4j at {url} refused a query ({code}).",
        next_step="Look the code up in Neo4j's status codes, and in the server's log.",
        code=code,
    )


def _why(error: BaseException) -> str:
    """The reason beneath the driver's own layers of exceptions."""
    layers = list(_layers(error))
    reasons: dict[type[BaseException], str] = {
        ssl.SSLCertVerificationError: "its TLS certificate is not trusted here",
        ssl.SSLError: "it does not speak TLS on this port",
        ConnectionRefusedError: "nothing listens there",
        socket.gaierror: "its host name does not resolve",
        TimeoutError: "no answer in time",
    }
    for kind, reason in reasons.items():
        if any(isinstance(layer, kind) for layer in layers):
            return reason
    return (str(layers[0]).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")


def _layers(error: BaseException) -> Iterator[BaseException]:
    layer: BaseException | None = error
    while layer is not None:
        yield layer
        layer = layer.__cause__ or layer.__context__
