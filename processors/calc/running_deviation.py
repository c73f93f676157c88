"""A standard deviation that forgets: each value weighs half as much a half-life later."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple


class Deviation(NamedTuple):
    """What is known after some values; begins with zeros."""

    weight: float
    mean: float
    squares: float

    @property
    def value(self) -> float:
        """Standard deviation, in the unit of the values; 0 before the second value."""
        return sqrt(max(self.squares / self.weight, 0.0)) if self.weight else 0.0


def add_value(known: Deviation, value: float, half_life: float) -> Deviation:
    """Return the deviation after one more value.

    Parameters
    ----------
    half_life
        Values after which a value weighs half.

    Source: West, "Updating mean and variance estimates: an improved method", Communications of the ACM 22 (1979), with weights that decay.
    """
    decay = 0.5 ** (1.0 / half_life)
    weight = known.weight * decay + 1.0
    away = value - known.mean
    mean = known.mean + away / weight
    return Deviation(weight, mean, known.squares * decay + away * (value - mean))
