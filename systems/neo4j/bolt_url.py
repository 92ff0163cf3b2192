"""Bolt URLs: what is accepted as the address of a database, and what only looks like one.

Terraform outputs and secrets have held `placeholder`, `Not available yet`, an ARN or nothing at all, and the
application falls back to localhost without a word: each of these is refused here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit

from models.errors import Refused

DEFAULT_PORT = 7687
SCHEMES = ("bolt", "bolt+s", "neo4j", "neo4j+s")
"""Those of the driver but for +ssc, which encrypts to whomever answers."""

_HOST_NAME = re.compile(r"(?!.{254})([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class BoltUrl:
    """The address of one database's server. `host` is a name with a dot in it, or an IP address."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a Bolt URL.

        Raises Refused, with the reason in one sentence, for what cannot be a database's address. The text
        itself is not repeated where it may hold a password.
        """
        if reason := _unlike_a_url(text):
            raise _refused(text, reason)
        try:
            parts = urlsplit(text)
            port = DEFAULT_PORT if parts.port is None else parts.port
        except ValueError:
            raise _refused(text, "its host or port cannot be read") from None
        host = parts.hostname or ""
        if reason := _extra_part(parts) or _unlike_a_host(host) or _unlike_a_port(port):
            raise _refused(text, reason)
        return cls(scheme=parts.scheme, host=host, port=port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def _unlike_a_url(text: str) -> str | None:
    if not text:
        return "it is empty"
    if "@" in text:
        return "a user and password belong into secrets of their own, not into the URL"
    if re.search(r"[^\x21-\x7e]", text):
        return "it contains a space, a line break or a character that is not ASCII"
    if text.partition("://")[0].lower() not in SCHEMES:
        return f"it does not begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
    return None


def _extra_part(parts: SplitResult) -> str | None:
    if parts.path or parts.query or parts.fragment:
        return "something follows its host and port"
    return None


def _unlike_a_host(host: str) -> str | None:
    if host in _OWN_MACHINE:
        return f"{host} means another machine to whoever reads it"
    try:
        address = ip_address(host)
    except ValueError:
        return (
            None if _HOST_NAME.fullmatch(host) else "its host is neither a full host name nor an IP address"
        )
    return "nothing can be reached at its address" if address.is_unspecified or address.is_multicast else None


def _unlike_a_port(port: int) -> str | None:
    return None if port else "its port is 0"


def _refused(text: str, reason: str) -> Refused:
    shown = "The value given" if "@" in text else repr(text if len(text) <= 80 else f"{text[:80]}...")
    return Refused(
        f"{shown} is not a Bolt URL of a database: {reason}.",
        next_step="Give the database's own address, such as bolt://10.0.1.20:7687.",
    )
