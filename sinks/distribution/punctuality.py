"""Tells Prometheus how late a promised message is, and that none is early."""

from __future__ import annotations

from infra.clock import MICROSECONDS, Clock
from infra.metrics import listed


def note(unit: str, tier: str, late_us: int, clock: Clock) -> None:
    """Note a message that went out ``late_us`` market microseconds after the moment it was promised for; negative is early."""
    if late_us < 0:
        listed.EARLY.add(1, unit, tier.lower())
    listed.LATENESS.seen(max(clock.real_seconds(late_us / MICROSECONDS), 0.0), unit, tier.lower())
