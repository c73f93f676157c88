"""Kyle's lambda: how far the price moves for a share of signed volume (DEP-09)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Impact(NamedTuple):
    """The regression line."""

    kyle_lambda: float  # US dollars a share
    intercept: float  # US dollars
    explained: float  # R squared, 0 to 1; NaN when the price never moved


def price_impact(price_changes: Floats, signed_volumes: Floats) -> Impact | None:
    """Return the least-squares line of price changes on signed volume; None with fewer than three pairs or volume that never changes.

    Parameters
    ----------
    price_changes
        US dollars, one an interval.
    signed_volumes
        Shares bought minus shares sold in the same intervals.

    Source: Kyle, "Continuous auctions and insider trading", Econometrica 53 (1985): price change = lambda x signed volume; estimated by ordinary
    least squares as in Hasbrouck, "Trading costs and returns for U.S. equities", Journal of Finance 64 (2009).
    """
    if len(price_changes) < 3:
        return None
    changes, volumes = price_changes - price_changes.mean(), signed_volumes - signed_volumes.mean()
    spread = float(volumes @ volumes)
    if not spread > 0:
        return None
    slope = float(volumes @ changes) / spread
    total = float(changes @ changes)
    explained = slope * slope * spread / total if total > 0 else float("nan")
    return Impact(slope, float(price_changes.mean() - slope * signed_volumes.mean()), explained)
