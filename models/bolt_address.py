"""Where a database elsewhere may be: the login goes there, so that it is encrypted unless it stays near."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def encrypted_or_near(url: str) -> str:
    """The Bolt URL. Raises ValueError where a login would cross foreign networks in clear."""
    parts = urlsplit(url)
    if parts.scheme.endswith("+s"):
        return url
    try:
        near = ip_address(parts.hostname or "").is_private
    except ValueError:
        near = False
    if not near:
        raise ValueError(f"{parts.scheme}:// without +s would show the login to the networks between")
    return url
