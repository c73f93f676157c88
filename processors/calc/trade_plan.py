"""Stop, targets and reward of a trade from a broken box, for both sides with the same sums."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.records import Side


def direction(side: Side) -> int:
    """Return +1 for LONG and -1 for SHORT."""
    return 1 if side is Side.LONG else -1


def targets(side: Side, edge: float, height: float, multiples: Sequence[float]) -> tuple[float, ...]:
    """Return the targets, nearest first: the edge plus multiples of the box's height, US dollars."""
    return tuple(edge + direction(side) * height * multiple for multiple in sorted(multiples))


def stop_beyond(side: Side, level: float, buffer: float) -> float:
    """Return the stop ``buffer`` dollars on the losing side of ``level``."""
    return level - direction(side) * buffer


def reward_to_risk(side: Side, entry: float, stop: float, target: float) -> float | None:
    """Return (target - entry) / (entry - stop) in the trade's direction; None if the stop is not on the losing side.

    Source: Van Tharp, Trade Your Way to Financial Freedom (1998), reward in multiples R of the initial risk.
    """
    risk = (entry - stop) * direction(side)
    return (target - entry) * direction(side) / risk if risk > 0 else None


def result_in_risks(side: Side, entry: float, stop: float, exit_price: float) -> float | None:
    """Return what the trade made, in units of what it risked; never -0.

    Source: Van Tharp, Trade Your Way to Financial Freedom (1998), the R multiple of a closed trade.
    """
    result = reward_to_risk(side, entry, stop, exit_price)
    return None if result is None else result + 0.0
