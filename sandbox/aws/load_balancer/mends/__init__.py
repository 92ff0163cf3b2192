"""Corrections of moto's ELBv2, one module each."""

from __future__ import annotations

from sandbox.aws.load_balancer.mends import loopback_address, target_health

MENDS = (loopback_address.MEND, target_health.MEND)
