"""What a plan costs as Markdown: one line with the sums, and a table of what they are made of. Pure."""

from __future__ import annotations

from decimal import Decimal

from models.cost import HOURS, NOT_COUNTED, Cost, CostLine, Prices, Usage, UsageKind, cost_of
from models.markdown import code, plain, table

_HEADINGS = ["", "now", "next", "a month now", "a month next"]


def render_cost(usage: list[Usage], prices: Prices | None) -> str:
    """The bill of a plan; nothing for a plan in which nothing is paid for."""
    if not usage:
        return ""
    if prices is None:
        return "**Cost**: no prices are known for this region."
    cost = cost_of(usage, prices)
    return "\n\n".join([_sums(cost), table(_HEADINGS, [_row(line) for line in cost.lines])])


def _sums(cost: Cost) -> str:
    difference = cost.after - cost.before
    sign = "+" if difference >= 0 else "-"
    least = "" if cost.difference_is_whole else " and what has no known price"
    prices, more = cost.prices, f"**{sign}{_usd(abs(difference))}**{least}"
    return (
        f"**Cost a month**: {_usd(cost.before)} → {_usd(cost.after)}, {more}. "
        f"Machines, volumes and tasks at the list prices of {plain(prices.region)} as of {prices.as_of}, "
        f"{HOURS} hours a month; not counted are {NOT_COUNTED}{_unknown(cost)}."
    )


def _unknown(cost: Cost) -> str:
    names = ", ".join(_what(usage) for usage in cost.unknown)
    return f", nor what has no known price: {names}" if names else ""


def _row(line: CostLine) -> list[str]:
    usage = line.usage
    return [_what(usage), f"{usage.before:g}", f"{usage.after:g}", _known(line.before), _known(line.after)]


def _what(usage: Usage) -> str:
    if not usage.variant:
        return f"{usage.kind.value} of a type or size that is not known yet"
    if usage.kind is UsageKind.TASK:
        units, _, mib = usage.variant.partition("/")
        return f"tasks of {int(units) / 1024:g} vCPU, {int(mib) / 1024:g} GiB"
    return f"{code(usage.variant)} {usage.kind.value}"


def _known(amount: Decimal | None) -> str:
    return "not known" if amount is None else _usd(amount)


def _usd(amount: Decimal) -> str:
    return f"{amount:,.2f} USD"
