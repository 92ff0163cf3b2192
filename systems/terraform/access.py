"""What a security group lets in, and what of it is new. Pure.

Rules are taken apart into a protocol, ports and a source; a new rule is no wider if earlier ones together let
all of it in already, however the ranges were cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from models.plan import Loss, Weakening
from systems.terraform.paths import UNKNOWN

_ALL = "all"
_NUMBERS = {"-1": _ALL, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_WITH_PORTS = frozenset({"tcp", "udp"})
_EVERY_PORT = (0, 65535)

_GROUP = "security_group_id"
_LISTS = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
_SINGLE = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")

Network = IPv4Network | IPv6Network
Source = Network | str
Value = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """One protocol, a range of ports (of ICMP its type and code) and who may use them."""

    protocol: str
    first: int
    last: int
    source: Source

    def words(self) -> str:
        """For people; the source is an address range, or says what kind of thing it is."""
        if self.protocol == _ALL:
            what = "everything"
        elif self.protocol not in _WITH_PORTS:
            what = self.protocol.upper()
        elif (self.first, self.last) == _EVERY_PORT:
            what = f"every {self.protocol.upper()} port"
        else:
            ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
            what = f"{self.protocol.upper()} port {ports}"
        source = self.source if isinstance(self.source, Network) else _group_words(self.source)
        return f"it opens {what} to {source}"


def wider_access(resource_type: str, before: object, after: object) -> list[Weakening]:
    """What a security group or a rule of one lets in after a change and did not before."""
    read = _READERS.get(resource_type)
    if read is None or not isinstance(after, dict):
        return []
    old = before if isinstance(before, dict) else {}
    if old and after.get("ingress") == UNKNOWN:
        return [Weakening(loss=Loss.ACCESS, what="what it lets in is not known yet", certain=False)]
    earlier = list(read(old)) if old.get(_GROUP) == after.get(_GROUP) else []
    return [
        Weakening(loss=Loss.PUBLIC_ACCESS if _is_public(access) else Loss.ACCESS, what=access.words())
        for access in read(after)
        if not is_covered(access, earlier)
    ]


def is_covered(access: Access, earlier: Iterable[Access]) -> bool:
    """Whether the earlier rules together let in all that this one lets in."""
    same = [rule for rule in earlier if rule.protocol in {access.protocol, _ALL}]
    starts = {access.first}
    if access.protocol in _WITH_PORTS:
        cuts = {*(rule.first for rule in same), *(rule.last + 1 for rule in same)}
        starts |= {port for port in cuts if access.first <= port <= access.last}
    return all(
        _lets_in(access.source, [rule for rule in same if _has(rule, access, port)]) for port in starts
    )


def _has(rule: Access, access: Access, port: int) -> bool:
    if rule.protocol == _ALL:
        return True
    if access.protocol in _WITH_PORTS:
        return rule.first <= port <= rule.last
    return rule.first == -1 or (rule.first, rule.last) == (access.first, access.last)


def _lets_in(source: Source, rules: list[Access]) -> bool:
    if isinstance(source, str):
        return source != UNKNOWN and any(rule.source == source for rule in rules)
    if isinstance(source, IPv4Network):
        four = [rule.source for rule in rules if isinstance(rule.source, IPv4Network)]
        return any(source.subnet_of(network) for network in collapse_addresses(four))
    six = [rule.source for rule in rules if isinstance(rule.source, IPv6Network)]
    return any(source.subnet_of(network) for network in collapse_addresses(six))


def _is_public(access: Access) -> bool:
    return isinstance(access.source, Network) and not access.source.is_private


def _group_words(source: str) -> str:
    if source == UNKNOWN:
        return "somebody who is known only after the apply"
    return {"sg": "another security group", "pl": "a prefix list"}.get(
        source[:2], "other members of its group"
    )


def _inline(group: Value) -> Iterator[Access]:
    """The rules that stand in the group itself."""
    blocks = group.get("ingress")
    for block in blocks if isinstance(blocks, list) else []:
        yield from _each(block, block.get("protocol"), [*_many(block, *_LISTS), *_self(block)])


def _rule(rule: Value) -> Iterator[Access]:
    """`aws_security_group_rule`."""
    if rule.get("type") == "ingress":
        sources = [*_many(rule, *_LISTS), *_one(rule, "source_security_group_id"), *_self(rule)]
        yield from _each(rule, rule.get("protocol"), sources)


def _ingress_rule(rule: Value) -> Iterator[Access]:
    """`aws_vpc_security_group_ingress_rule`."""
    yield from _each(rule, rule.get("ip_protocol"), _one(rule, *_SINGLE))


def _each(rule: Value, protocol: object, sources: Iterable[object]) -> Iterator[Access]:
    name = _NUMBERS.get(str(protocol).lower(), str(protocol).lower())
    first, last = _ports(rule, name)
    for source in sources:
        yield Access(name, first, last, _source(str(source)))


def _ports(rule: Value, protocol: str) -> tuple[int, int]:
    """What is not known, or not said, may be any port."""
    first, last = rule.get("from_port"), rule.get("to_port")
    if not isinstance(first, int) or not isinstance(last, int):
        return _EVERY_PORT
    every = protocol in _WITH_PORTS and first == -1
    return _EVERY_PORT if every else (first, last)


def _source(text: str) -> Source:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return text


def _many(rule: Value, *names: str) -> Iterator[object]:
    for name in names:
        sources = rule.get(name) or []
        yield from sources if isinstance(sources, list) else [sources]


def _one(rule: Value, *names: str) -> list[object]:
    return [rule[name] for name in names if rule.get(name)]


def _self(rule: Value) -> list[object]:
    return ["self"] if rule.get("self") is True else []


_READERS: dict[str, Callable[[Value], Iterator[Access]]] = {
    "aws_default_security_group": _inline,
    "aws_security_group": _inline,
    "aws_security_group_rule": _rule,
    "aws_vpc_security_group_ingress_rule": _ingress_rule,
}
