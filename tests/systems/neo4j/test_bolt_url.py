"""A Bolt URL is a real database's address, or it is refused with the reason."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Refused
from systems.neo4j.bolt_url import SCHEMES, BoltUrl

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
TOP_LEVELS = st.from_regex(r"[a-z]{2,6}", fullmatch=True)
NAMES = st.builds(
    lambda labels, top: ".".join([*labels, top]), st.lists(LABELS, min_size=1, max_size=4), TOP_LEVELS
)
ADDRESSES = (
    st.ip_addresses()
    .filter(lambda ip: not (ip.is_multicast or ip.is_unspecified or str(ip) in {"127.0.0.1", "::1"}))
    .map(str)
)


def read(text: str) -> BoltUrl | Refused:
    """What comes of a text."""
    try:
        return BoltUrl.parse(text)
    except Refused as refused:
        return refused


@settings(deadline=None)
@given(st.sampled_from(SCHEMES), NAMES | ADDRESSES, st.none() | st.integers(1, 65535))
def test_scheme_host_and_port_come_back(scheme: str, host: str, port: int | None) -> None:
    """Every scheme, host and port is read as written, and written as the same address again."""
    written = f"[{host}]" if ":" in host else host
    url = BoltUrl.parse(f"{scheme}://{written}" + (f":{port}" if port else ""))
    assert (url.scheme, url.host, url.port) == (scheme, host, port or 7687)
    assert BoltUrl.parse(str(url)) == url


@settings(deadline=None)
@given(st.text())
def test_any_text_is_an_address_or_refused_in_one_sentence(text: str) -> None:
    """Nothing else is ever raised, and what passes has a host that can be somebody else's."""
    url = read(text)
    if isinstance(url, Refused):
        assert "\n" not in url.problem
        assert url.next_step
    else:
        assert url.scheme in SCHEMES
        assert "." in url.host or ip_address(url.host)


@settings(deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz.:@/[]0123456789%?# \n-"), st.sampled_from(SCHEMES))
def test_whatever_follows_a_scheme_is_read_or_refused(rest: str, scheme: str) -> None:
    """Half-right URLs too: odd brackets, ports and escapes."""
    url = read(f"{scheme}://{rest}")
    assert isinstance(url, Refused) or BoltUrl.parse(str(url)) == url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("placeholder", "does not begin with"),
        ("Not available yet", "a space"),
        ("bolt://placeholder:7687", "neither a full host name nor an IP address"),
        ("bolt://localhost:7687", "localhost means another machine"),
        ("bolt://127.0.0.1:7687", "127.0.0.1 means another machine"),
        ("bolt://0.0.0.0:7687", "nothing can be reached"),
        ("bolt://10.0.0.300:7687", "neither a full host name nor an IP address"),
        ("bolt://:7687", "neither a full host name nor an IP address"),
        ("bolt://10.0.1.20:0", "its port is 0"),
        ("bolt://10.0.1.20:77777", "cannot be read"),
        ("bolt://10.0.1.20:7687/neo4j", "something follows"),
        ("bolt://10.0.1.20:7687\n", "a line break"),
        ("bolt+ssc://10.0.1.20:7687", "does not begin with"),
        ("http://10.0.1.20:7474", "does not begin with"),
        ("arn:aws:ssm:af-south-1:123456789012:parameter/credex", "does not begin with"),
        ("bolt://${aws_instance.neo4j[0].private_ip}:7687", "cannot be read"),
    ],
)
def test_what_outputs_and_secrets_have_held_is_refused(text: str, reason: str) -> None:
    """Placeholders, ARNs and the application's own fallback, each with its reason."""
    with pytest.raises(Refused) as refused:
        BoltUrl.parse(text)
    assert reason in refused.value.problem


@pytest.mark.parametrize("text", ["bolt://neo4j:s3cret-word@10.0.1.20:7687", "neo4j:s3cret-word@10.0.1.20"])
def test_a_password_in_a_url_is_refused_and_not_repeated(text: str) -> None:
    """The error is shown and stored; the secret must not be."""
    with pytest.raises(Refused) as refused:
        BoltUrl.parse(text)
    assert "s3cret-word" not in str(refused.value)


def test_aura_and_instance_names_are_accepted() -> None:
    """Names as Neo4j Aura and EC2 give them."""
    for text in (
        "neo4j+s://1a2b3c4d.databases.neo4j.io:7687",
        "bolt://ip-10-0-1-20.af-south-1.compute.internal:7687",
        "bolt://127.10.1.20:7687",
    ):
        assert str(BoltUrl.parse(text)) == text
