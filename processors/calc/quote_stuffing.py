"""Quote stuffing: a burst of book updates that no trades explain (DEP-10)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class StuffingRule(NamedTuple):
    """When a burst counts.

    Attributes
    ----------
    window
        Newest seconds that are judged together.
    minimum_updates
        Updates a second below which nothing is a burst.
    factor
        Both the updates, and the updates for each trade, must be so many times what is usual.
    minimum_history
        Seconds before the window that are needed to know what is usual.
    """

    window: int
    minimum_updates: float
    factor: float
    minimum_history: int


def is_stuffed(updates: Floats, trades: Floats, rule: StuffingRule) -> bool | None:
    """Tell whether the newest seconds are a burst without trades; None while what is usual is not known.

    Parameters
    ----------
    updates, trades
        Updates of the book and trades in each second, oldest first.

    Source: Egginton, Van Ness and Van Ness, "Quote stuffing", Financial Management 45 (2016): periods of quoting far above the stock's own usual
    rate. That updates must also outrun trades keeps a busy but genuine period apart; the usual rate is the median, which a burst cannot move.
    """
    if len(updates) < rule.window + rule.minimum_history:
        return None
    cut = len(updates) - rule.window
    burst, traded = float(updates[cut:].mean()), float(trades[cut:].mean())
    usual, usually_traded = float(np.median(updates[:cut])), float(trades[:cut].mean())
    if burst < rule.minimum_updates or burst < rule.factor * usual:
        return False
    # One trade a window is added on both sides: without any trade the ratio is still a number.
    least = 1.0 / rule.window
    return burst / (traded + least) >= rule.factor * float(updates[:cut].mean()) / (usually_traded + least)
