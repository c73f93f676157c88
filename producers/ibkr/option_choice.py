"""Which options of an underlying are quoted: the nearest expiry, some strikes each side of the money (IBK-18). Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date


def nearest_options(ticker: str, price: float, today: date, expiries: Sequence[date], strikes: Sequence[float], each_side: int) -> list[str]:
    """Return OSI names, ascending by strike; nothing where no expiry is left.

    Parameters
    ----------
    expiries, strikes
        Ascending. The vendor lists strikes of all expiries together: a name among these may not exist, and is then refused by name.
    """
    expiry = next((day for day in expiries if day >= today), None)
    if expiry is None:
        return []
    money = bisect_left(strikes, price)
    chosen = strikes[max(0, money - each_side) : money + each_side]
    return [f"{ticker}{expiry:%y%m%d}{right}{round(strike * 1_000):08d}" for strike in chosen for right in "CP"]
