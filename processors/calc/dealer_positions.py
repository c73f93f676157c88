"""What dealers hold of each contract, by the three models of `schemas.records.DealerModel`: none is known, a scorecard judges them.

Positions are contracts, above 0 held, below 0 written.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def naive_positions(open_interest: Floats, is_call: npt.NDArray[np.bool_]) -> Floats:
    """Return open interest, of puts below 0.

    Source: SqueezeMetrics, "The Implied Order Book" (2020): dealers long calls, short puts.
    """
    return np.where(is_call, open_interest, -open_interest)


def flow_positions(carried: Floats, bought: Floats, sold: Floats) -> Floats:
    """Return what earlier days left, plus what customers sold at the bid today, minus what they bought at the ask.

    Source: the quote rule of Lee and Ready, "Inferring Trade Direction from Intraday Data" (1991); trades between bid and ask are left out.
    """
    return carried + sold - bought


def opened_positions(position: Floats, before: Floats, now: Floats, bought: Floats, sold: Floats, is_call: npt.NDArray[np.bool_]) -> Floats:
    """Return positions after a change of open interest.

    Source: our own. New contracts take the other side of the day's net buying; where none was signed they are naive. Contracts that were
    closed shrink the position as the open interest.

    Parameters
    ----------
    position, before
        Of the night before.
    now
        Open interest of this morning.
    bought, sold
        Contracts that customers bought at the ask and sold at the bid in the session between.
    """
    change = now - before
    signed = bought + sold
    side = np.where(signed > 0, (sold - bought) / np.maximum(signed, 1), np.where(is_call, 1.0, -1.0))
    shrunk = position * np.where(before > 0, now / np.maximum(before, 1), 0.0)
    return np.where(change >= 0, position + change * side, shrunk)
