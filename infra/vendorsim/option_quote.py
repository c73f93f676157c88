"""Bid and offer of a simulated option: the same at every vendor."""

from __future__ import annotations

from math import ceil, floor


def around(value: float) -> tuple[float, float]:
    """Return bid and offer around the value of the moment, in cents."""
    value = max(value, 0.005)
    bid = floor(max(value * 0.988 - 0.005, 0) * 100) / 100
    return bid, max(ceil((value * 1.012 + 0.005) * 100) / 100, bid + 0.01)
