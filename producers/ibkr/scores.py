"""Which books deserve more time: those that move, trade and can be traded (IBK-36). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_HIGHEST_EXTRA = 3.0


@dataclass(frozen=True, slots=True)
class Activity:
    """What a symbol's last turn showed.

    Attributes
    ----------
    range_bps
        Highest minus lowest middle price, in 1/10,000 of it: volatility.
    updates_per_second
        How busy the book was: volume.
    spread_bps
        Mean spread.
    """

    range_bps: float
    updates_per_second: float
    spread_bps: float


def weights(seen: Mapping[str, Activity]) -> dict[str, float]:
    """Return each symbol's share of the slots relative to the others, from 1 to 4.

    The mean of three ranks: wide range, many updates, narrow spread. A symbol that was not seen yet is not named: it counts 1.
    """
    if len(seen) < 2:
        return dict.fromkeys(seen, 1.0)
    ranks = dict.fromkeys(seen, 0.0)
    for key in (
        {symbol: activity.range_bps for symbol, activity in seen.items()},
        {symbol: activity.updates_per_second for symbol, activity in seen.items()},
        {symbol: -activity.spread_bps for symbol, activity in seen.items()},
    ):
        values = sorted(set(key.values()))
        for symbol, value in key.items():
            ranks[symbol] += values.index(value) / max(1, len(values) - 1) / 3
    return {symbol: 1.0 + _HIGHEST_EXTRA * rank for symbol, rank in ranks.items()}
