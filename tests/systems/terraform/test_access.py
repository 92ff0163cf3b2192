"""Whatever a security group lets in that it did not before is found, and nothing else is."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.plan import Loss
from systems.terraform.access import wider_access
from systems.terraform.paths import UNKNOWN

Rule = dict[str, Any]
Packet = tuple[str, int, str]

# Few ports and addresses, so that ranges overlap, touch and miss each other often.
PORTS = st.integers(min_value=0, max_value=6)
NETWORKS = st.integers(min_value=26, max_value=32).flatmap(
    lambda length: st.integers(min_value=0, max_value=63).map(
        lambda host: str(IPv4Network((int(IPv4Address("10.0.0.0")) + host, length), strict=False))
    )
)
GROUPS = st.sampled_from(["sg-1", "sg-2"])


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    first, last = sorted((draw(PORTS), draw(PORTS)))
    protocol = draw(st.sampled_from(["tcp", "udp", "6", "-1"]))
    return {
        "protocol": protocol,
        "from_port": 0 if protocol == "-1" else first,
        "to_port": 0 if protocol == "-1" else last,
        "cidr_blocks": draw(st.lists(NETWORKS, max_size=2)),
        "security_groups": draw(st.lists(GROUPS, max_size=1)),
        "self": draw(st.booleans()),
    }


GROUP_RULES = st.lists(_rules(), max_size=4)


def _group(rules: list[Rule]) -> dict[str, object]:
    return {"ingress": rules}


def _packets(rules: list[Rule]) -> set[Packet]:
    """All that the rules let in: by protocol, port and source, one by one."""
    return {
        (protocol, port, source)
        for rule in rules
        for protocol in _protocols(rule["protocol"])
        for port in _ports(rule)
        for source in _sources(rule)
    }


def _protocols(name: str) -> list[str]:
    return {"6": ["tcp"], "-1": ["tcp", "udp", "gre"]}.get(name, [name])


def _ports(rule: Rule) -> range:
    return range(8) if rule["protocol"] == "-1" else range(rule["from_port"], rule["to_port"] + 1)


def _sources(rule: Rule) -> list[str]:
    addresses = [str(address) for cidr in rule["cidr_blocks"] for address in IPv4Network(cidr)]
    return [*addresses, *rule["security_groups"], *(["self"] if rule["self"] else [])]


@given(GROUP_RULES, GROUP_RULES)
def test_it_is_wider_if_and_only_if_a_packet_gets_in_that_did_not(old: list[Rule], new: list[Rule]) -> None:
    """Judged by trying each packet of a small world."""
    found = wider_access("aws_security_group", _group(old), _group(new))
    assert bool(found) == bool(_packets(new) - _packets(old))


@given(GROUP_RULES, _rules())
def test_a_further_rule_is_found_in_whatever_form_it_is_written(old: list[Rule], rule: Rule) -> None:
    """As a block, as a rule of the old kind, and as one of the new kind."""
    assume(_sources(rule))
    ports = {"from_port": rule["from_port"], "to_port": rule["to_port"]}
    assert bool(wider_access("aws_security_group", _group(old), _group([*old, rule]))) == bool(
        _packets([rule]) - _packets(old)
    )
    assert wider_access(
        "aws_security_group_rule", None, {"type": "ingress", "security_group_id": "sg-9", **rule}
    )
    source = rule["cidr_blocks"][0] if rule["cidr_blocks"] else None
    group = None if source else (rule["security_groups"] or ["sg-9"])[0]
    single = {"ip_protocol": rule["protocol"], "cidr_ipv4": source, "referenced_security_group_id": group}
    assert wider_access(
        "aws_vpc_security_group_ingress_rule", None, {"security_group_id": "sg-9", **ports, **single}
    )


def _single(**values: object) -> dict[str, object]:
    rule = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 7687, "to_port": 7687}
    return rule | {"cidr_ipv4": "10.0.0.0/16"} | values


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (_single(cidr_ipv4="0.0.0.0/0"), "it opens TCP port 7687 to 0.0.0.0/0"),
        (_single(cidr_ipv4="10.0.0.0/8"), "it opens TCP port 7687 to 10.0.0.0/8"),
        (_single(to_port=7688), "it opens TCP port 7687-7688 to 10.0.0.0/16"),
        (_single(ip_protocol="-1", from_port=None, to_port=None), "it opens everything to 10.0.0.0/16"),
        (_single(cidr_ipv4=None, cidr_ipv6="::/0"), "it opens TCP port 7687 to ::/0"),
        (_single(cidr_ipv4=None, referenced_security_group_id="sg-2"), "to another security group"),
        (_single(cidr_ipv4=UNKNOWN), "to somebody who is known only after the apply"),
        (_single(security_group_id="sg-2"), "it opens TCP port 7687 to 10.0.0.0/16"),
    ],
)
def test_it_says_what_is_opened_to_whom(after: dict[str, object], words: str) -> None:
    """In a clause for people; moving a rule to another group opens that."""
    (found,) = wider_access("aws_vpc_security_group_ingress_rule", _single(), after)
    assert words in found.what
    assert found.certain


def test_what_is_open_to_the_public_is_told_apart() -> None:
    """A first build opens its load balancer, and people should see that."""
    for cidr, loss in (("0.0.0.0/0", Loss.PUBLIC_ACCESS), ("192.168.0.0/16", Loss.ACCESS)):
        (found,) = wider_access("aws_vpc_security_group_ingress_rule", None, _single(cidr_ipv4=cidr))
        assert found.loss is loss


@pytest.mark.parametrize(
    "after",
    [_single(), _single(cidr_ipv4="10.0.1.0/24"), _single(description="other"), _single(ip_protocol="6")],
)
def test_what_is_no_wider_is_not_found(after: dict[str, object]) -> None:
    """Narrower, renamed, or spelt otherwise."""
    assert wider_access("aws_vpc_security_group_ingress_rule", _single(), after) == []


def test_what_goes_out_is_not_judged() -> None:
    """Egress lets nobody in."""
    assert wider_access("aws_security_group_rule", None, _single(type="egress", protocol="-1")) == []


@pytest.mark.parametrize(("kind", "code"), [(8, 0), (-1, -1)])
def test_pings_are_compared_by_type_and_code(kind: int, code: int) -> None:
    """ICMP has no ports."""
    every = _single(ip_protocol="icmp", from_port=-1, to_port=-1)
    one = _single(ip_protocol="icmp", from_port=kind, to_port=code)
    assert wider_access("aws_vpc_security_group_ingress_rule", every, one) == []
    narrow = _single(ip_protocol="icmp", from_port=3, to_port=4)
    assert wider_access("aws_vpc_security_group_ingress_rule", narrow, one)
