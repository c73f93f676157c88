"""VPIN: how one-sided the flow is, measured in equal buckets of volume instead of time (DEP-07)."""

from __future__ import annotations

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Bucket(NamedTuple):
    """The open bucket, shares."""

    filled: float
    bought: float


def bulk_buy_share(price_change: float, deviation: float) -> float:
    """Return the share of a bar's volume that counts as bought, 0 to 1; one half while the deviation is 0.

    Parameters
    ----------
    price_change
        Close minus the close of the bar before, US dollars.
    deviation
        Standard deviation of such changes, US dollars.

    Source: Easley, Lopez de Prado and O'Hara, "Flow toxicity and liquidity in a high-frequency world", Review of Financial Studies 25 (2012),
    equation 7: bulk volume classification by the normal distribution of the standardised price change.
    """
    return 0.5 * erfc(-price_change / deviation / sqrt(2.0)) if deviation > 0 else 0.5


def pour(bucket: Bucket, volume: float, buy_share: float, size: float, most: int) -> tuple[Bucket, list[float]]:
    """Put a bar's volume into buckets; return the open one and |bought - sold| / size of those it closed, oldest first.

    Parameters
    ----------
    volume
        Shares.
    buy_share
        Share of them that was bought; every share of a bar has the same.
    size
        Shares of a bucket.
    most
        Of more closed buckets than this only the newest are returned.

    Source: Easley, Lopez de Prado and O'Hara (2012), section 2: time bars are split where a bucket is full.
    """
    room = size - bucket.filled
    if volume < room:
        return Bucket(bucket.filled + volume, bucket.bought + volume * buy_share), []
    first = abs(2.0 * (bucket.bought + room * buy_share) - size) / size
    whole, left = divmod(volume - room, size)
    closed = [first] + [abs(2.0 * buy_share - 1.0)] * min(int(whole), most)
    return Bucket(left, left * buy_share), closed[-most:]


def vpin(imbalances: npt.NDArray[np.float64]) -> float:
    """Return the mean of the buckets' |bought - sold| / size, 0 to 1; NaN without a bucket.

    Source: Easley, Lopez de Prado and O'Hara (2012), equation 5: VPIN = sum of |V_S - V_B| over n buckets / (n V).
    """
    return float(imbalances.mean()) if len(imbalances) else float("nan")
