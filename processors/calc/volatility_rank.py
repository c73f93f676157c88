"""Where today's implied volatility stands among those of a year."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

HIGHEST_TO_BUY = 80.0


def volatility_rank(now: float, past: npt.NDArray[np.float64]) -> float | None:
    """Return the place between the lowest and the highest of the past, 0 to 100; None without two different values.

    Source: (now - lowest) / (highest - lowest) x 100, as Tastytrade's and Unusual Whales' IV rank; below the lowest it is 0, above the highest 100.
    """
    known = past[~np.isnan(past)]
    if not len(known) or known.max() == known.min():
        return None
    return float(np.clip((now - known.min()) / (known.max() - known.min()) * 100, 0, 100))


def volatility_percentile(now: float, past: npt.NDArray[np.float64]) -> float | None:
    """Return the share of past days with a lower volatility, 0 to 100; None without any.

    Source: days below / days x 100, as in the vendors' IV percentile.
    """
    known = past[~np.isnan(past)]
    return float((known < now).mean() * 100) if len(known) else None


def is_cheap_enough(rank_or_percentile: float, highest: float = HIGHEST_TO_BUY) -> bool:
    """Tell whether options may be bought: at 80 they may, at 81 they may not (GEX-07)."""
    return rank_or_percentile <= highest
