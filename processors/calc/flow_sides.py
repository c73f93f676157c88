"""Who was the active side of a print, told by its place in the quote, and what that means for the underlying."""

from __future__ import annotations

from math import isnan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_ROUNDING = 1e-9  # 10.10 is the middle of 10.05 and 10.15, but not in binary fractions


def side_of(price: float, bid: float, ask: float) -> int:
    """Return 1 for a buyer, -1 for a seller, 0 where the quote does not tell.

    A print above the middle of bid and ask was bought, one below it sold. At the middle, without one of the two prices (NaN), or with a
    crossed or empty quote (ask below bid, both 0) nobody knows. A locked quote has no room between: its middle is both prices.

    Source: the quote test of Lee and Ready, "Inferring trade direction from intraday data", Journal of Finance 46 (1991); without their tick
    test for prints at the middle, which is wrong for options more often than it is right (Savickas and Wilson, JFQA 38, 2003, table 3).
    """
    if isnan(bid) or isnan(ask) or ask < bid or ask <= 0:
        return 0
    twice, rounding = 2 * price - bid - ask, _ROUNDING * (ask + price)
    return (twice > rounding) - (twice < -rounding)


def sides_of(price: Floats, bid: Floats, ask: Floats) -> npt.NDArray[np.int8]:
    """Return `side_of` of many prints; NaN where a price of the quote is missing.

    Source: as `side_of`.
    """
    with np.errstate(invalid="ignore"):
        usable = (ask >= bid) & (ask > 0)  # false for NaN
        twice, rounding = 2 * price - bid - ask, _ROUNDING * (ask + price)
        bought, sold = usable & (twice > rounding), usable & (twice < -rounding)
    return bought.astype(np.int8) - sold.astype(np.int8)


def unknown_share(unknown: float, total: float) -> float | None:
    """Return the share of a sum whose side is not known, 0 to 1; None when nothing traded.

    Source: a ratio of two sums; the premium of prints with side 0 over the premium of all.
    """
    return unknown / total if total > 0 else None
