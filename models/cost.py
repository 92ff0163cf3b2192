"""What an environment's machines, volumes and tasks cost a month before and after a plan, by list price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

HOURS = 730
"""A month, as AWS's own calculator has it."""

NOT_COUNTED = "load balancers, NAT gateways, addresses, endpoints, traffic, logs, S3, snapshots and taxes"


class UsageKind(StrEnum):
    """What is paid for. Of volumes the amount is GiB, of the two after them what exceeds the free part."""

    INSTANCE = "machines"
    VOLUME = "GiB of volumes"
    IOPS = "IOPS of volumes"
    THROUGHPUT = "MiB/s of volumes"
    TASK = "tasks"


class Usage(BaseModel):
    """How much of one kind and variant there is before and after a plan. A task's variant is CPU/memory.

    `variant` is empty where the plan does not know it yet.
    """

    model_config = ConfigDict(frozen=True)

    kind: UsageKind
    variant: str
    before: float
    after: float


class FargatePrices(BaseModel):
    """USD an hour, of one vCPU and of one GiB."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vcpu: Decimal
    gib: Decimal


class Prices(BaseModel):
    """List prices of one region in USD, when and where they were read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str
    as_of: date
    sources: list[str]
    instances: dict[str, Decimal]
    volumes: dict[str, Decimal]
    iops: dict[str, Decimal] = {}
    throughput: dict[str, Decimal] = {}
    fargate: FargatePrices

    def monthly(self, usage: Usage) -> Decimal | None:
        """USD a month for one of these; None where the price is not known."""
        if usage.kind is UsageKind.TASK:
            return self._task(usage.variant)
        table, hours = {
            UsageKind.INSTANCE: (self.instances, HOURS),
            UsageKind.VOLUME: (self.volumes, 1),
            UsageKind.IOPS: (self.iops, 1),
            UsageKind.THROUGHPUT: (self.throughput, 1),
        }[usage.kind]
        price = table.get(usage.variant)
        return None if price is None else price * hours

    def _task(self, variant: str) -> Decimal | None:
        units, slash, mib = variant.partition("/")
        if not slash:
            return None
        return (Decimal(units) * self.fargate.vcpu + Decimal(mib) * self.fargate.gib) / 1024 * HOURS


class CostLine(BaseModel):
    """One usage with its price: USD a month before and after, None where the price is not known."""

    model_config = ConfigDict(frozen=True)

    usage: Usage
    before: Decimal | None
    after: Decimal | None


class Cost(BaseModel):
    """The bill of a plan, as far as prices are known."""

    model_config = ConfigDict(frozen=True)

    prices: Prices
    lines: list[CostLine]

    @property
    def before(self) -> Decimal:
        """USD a month now, of what is priced."""
        return sum((line.before for line in self.lines if line.before is not None), Decimal(0))

    @property
    def after(self) -> Decimal:
        """USD a month after the plan, of what is priced."""
        return sum((line.after for line in self.lines if line.after is not None), Decimal(0))

    @property
    def unknown(self) -> list[Usage]:
        """What has no known price, and so is in no sum."""
        return [line.usage for line in self.lines if line.before is None]

    @property
    def difference_is_whole(self) -> bool:
        """Whether nothing of unknown price becomes more or less."""
        return all(usage.before == usage.after for usage in self.unknown)


def cost_of(usages: list[Usage], prices: Prices) -> Cost:
    """The bill of what a plan uses."""
    return Cost(prices=prices, lines=[_line(usage, prices.monthly(usage)) for usage in usages])


def _line(usage: Usage, price: Decimal | None) -> CostLine:
    if price is None:
        return CostLine(usage=usage, before=None, after=None)
    return CostLine(
        usage=usage, before=price * Decimal(str(usage.before)), after=price * Decimal(str(usage.after))
    )
