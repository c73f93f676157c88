"""Whether the book answered an option sweep as a dealer's hedge would (DEP-11)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import OptionRight

Floats = npt.NDArray[np.float64]


class Response(NamedTuple):
    """What the book did.

    Attributes
    ----------
    shift
        Change of the mean imbalance in the hedge's direction; above 0 it went where a hedge would push it.
    deviations
        The same in standard errors of the mean before the sweep.
    """

    shift: float
    deviations: float


def hedge_direction(right: OptionRight, ask_side_premium: float | None, bid_side_premium: float | None) -> int:
    """Return +1 if a dealer who took the other side hedges by buying the stock, -1 by selling, 0 if the sweep's side is not known.

    Source: delta hedging; who sold a call or bought a put of the customer is short delta and buys (Hull, "Options, Futures, and Other
    Derivatives", chapter on the Greek letters).
    """
    bought, sold = ask_side_premium or 0.0, bid_side_premium or 0.0
    if bought == sold:
        return 0
    customer = 1 if bought > sold else -1
    return customer if right is OptionRight.CALL else -customer


def hedge_response(before: Floats, after: Floats, direction: int, least: int = 3) -> Response | None:
    """Compare the imbalance, one value a second, before and after a sweep; None if either side has fewer than ``least`` values.

    Parameters
    ----------
    before, after
        Imbalance of the five best levels, -1 to 1; NaN where it is not known.
    direction
        Where the hedge pushes: +1 or -1.

    Source: event study of means, e.g. Campbell, Lo and MacKinlay, "The Econometrics of Financial Markets" (1997), chapter 4. A buying hedger
    takes offers or adds bids: both raise the imbalance.
    """
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if min(len(before), len(after)) < least:
        return None
    shift = direction * float(after.mean() - before.mean())
    error = float(before.std(ddof=1)) / np.sqrt(len(before))
    return Response(shift, shift / max(error, 1e-6))
