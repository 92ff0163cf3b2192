"""Where a load balancer sends requests, and how the targets fare."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Target(BaseModel):
    """One target of a target group; state and reason are ELB's own words."""

    model_config = ConfigDict(frozen=True)

    address: str
    port: int
    state: str
    reason: str = ""


class Listener(BaseModel):
    """A listener and the weight that its default action gives each target group, by ARN."""

    model_config = ConfigDict(frozen=True)

    arn: str
    port: int
    protocol: str
    weights: dict[str, int]
