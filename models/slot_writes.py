"""What one slot's databases were given that the other's lack: what going back would lose."""

from __future__ import annotations

from collections.abc import Mapping

from models.fingerprint import Fingerprint
from models.markdown import code, plain, table
from models.names import DatabaseName

Data = Mapping[DatabaseName, Fingerprint]


def losses_of(then: Data, now: Data) -> dict[DatabaseName, list[str]]:
    """What was written since, a clause each, by database; empty where nothing was."""
    found = {name: _written(then[name], now[name]) for name in then if name in now}
    return {name: clauses for name, clauses in found.items() if clauses}


def loss_sentence(losses: Mapping[DatabaseName, list[str]]) -> str:
    """The same in one sentence."""
    if not losses:
        return "Nothing was written since the switch, so nothing is lost."
    told = "; ".join(f"{name}: {', '.join(clauses)}" for name, clauses in losses.items())
    return f"Written since the switch, and only there: {told}."


def slot_loss_page(then: Data, now: Data, title: str) -> str:
    """By label and type: how many there were at the switch, how many there are now; in Markdown."""
    parts = [f"# {plain(title.capitalize())}", plain(loss_sentence(losses_of(then, now)))]
    for name in then:
        if name in now and (rows := _rows(then[name], now[name])):
            parts += [f"## {name}", table(["", "at the switch", "now", "difference"], rows)]
    return "\n\n".join(parts)


def held_page(data: Data, title: str) -> str:
    """By label: how many nodes the databases hold; in Markdown."""
    rows = [
        [name, code(f":{label}"), str(count)]
        for name, held in data.items()
        for label, count in held.labels.items()
    ]
    return f"# {plain(title.capitalize())}\n\n" + table(["database", "", "nodes"], rows)


def _written(then: Fingerprint, now: Fingerprint) -> list[str]:
    counts = [
        *_differences("", then.labels, now.labels),
        *_differences("relationships ", then.relationship_types, now.relationship_types),
    ]
    transactions = (now.identity.last_transaction or 0) - (then.identity.last_transaction or 0)
    if now.same_content(then):
        return []
    return [f"about {max(transactions, 1)} transactions", *(counts or ["values changed"])]


def _differences(what: str, then: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    return [
        f"{now.get(name, 0) - then.get(name, 0):+d} {what}{name}"
        for name in sorted(then.keys() | now.keys())
        if then.get(name, 0) != now.get(name, 0)
    ]


def _rows(then: Fingerprint, now: Fingerprint) -> list[list[str]]:
    before, after = then.counts, now.counts
    pairs = [(name, before.get(name, 0), after.get(name, 0)) for name in sorted(before | after)]
    return [[code(name), str(one), str(two), f"{two - one:+d}"] for name, one, two in pairs if one != two]
