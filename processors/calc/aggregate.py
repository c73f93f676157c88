"""The sums of a bar window, and how two of them become one."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, inf, nan
from typing import NamedTuple

from schemas.bar_parts import EVERY_PART, HIGH_LOW, OPEN_CLOSE, VOLUME

_LATEST = 2**63 - 1
_NO_FIRST, _NO_LAST = (_LATEST, _LATEST), (-1, -1)  # of a window without an open: any print's place is before, any is after


class Print(NamedTuple):
    """One trade, as much of it as bars need."""

    ts_event: int  # microseconds UTC
    sequence: int  # vendor's order within ts_event
    identity: int  # 64-bit digest of sequence and trade id, tells repeats apart from twins
    price: float  # US dollars
    size: float  # shares
    parts: int  # of a bar that it may change, see `schemas.bar_parts`


class Aggregate(NamedTuple):
    """Open, high, low, close and sums of the prints in the window [start, end).

    Where no print may set a price, open and close are NaN, and high and low below and above every price: there is no bar, but what
    was traded belongs to the longer windows around it.
    """

    start: int  # microseconds UTC
    end: int
    open: float  # US dollars
    high: float
    low: float
    close: float
    volume: float  # shares
    notional: float  # sum(price x size), US dollars
    trade_count: int
    revision: int  # +1 each time a late print changed it
    first_ts: int  # place of the print that gave the open
    first_sequence: int
    last_ts: int  # place of the print that gave the close
    last_sequence: int

    @property
    def priced(self) -> bool:
        """Whether it is a bar: some print set open and close."""
        return self.last_ts >= 0

    @property
    def vwap(self) -> float | None:
        """Volume weighted mean price, US dollars; None when no print counts in the volume."""
        return self.notional / self.volume if self.volume else None


def of_prints(start: int, end: int, prints: Sequence[Print]) -> Aggregate:
    """Sum up prints sorted by (ts_event, sequence, identity); `fsum` makes the sums independent of their number.

    Source: the tape's rules for what a print may change, as Polygon publishes them (Understanding Trade Eligibility).
    """
    for item in prints:
        if item.parts != EVERY_PART:
            return _of_some(start, end, prints)
    first, last = prints[0], prints[-1]
    prices = [item.price for item in prints]
    return Aggregate(
        start, end, first.price, max(prices), min(prices), last.price,
        fsum([item.size for item in prints]), fsum([item.price * item.size for item in prints]), len(prints), 0,
        first.ts_event, first.sequence, last.ts_event, last.sequence,
    )  # fmt: skip


def _of_some(start: int, end: int, prints: Sequence[Print]) -> Aggregate:
    """Sum up prints of which some change only a part of a bar."""
    prices = [item for item in prints if item.parts & OPEN_CLOSE]
    extremes = [item.price for item in prints if item.parts & (HIGH_LOW | OPEN_CLOSE)]
    counted = [item for item in prints if item.parts & VOLUME]
    first_place, last_place = ((item.ts_event, item.sequence) for item in (prices[0], prices[-1])) if prices else (_NO_FIRST, _NO_LAST)
    return Aggregate(
        start, end, prices[0].price if prices else nan, max(extremes, default=-inf), min(extremes, default=inf),
        prices[-1].price if prices else nan,
        fsum([item.size for item in counted]), fsum([item.price * item.size for item in counted]), len(prints), 0,
        *first_place, *last_place,
    )  # fmt: skip


def of_bar(
    window: tuple[int, int], prices: tuple[float, float, float, float], volume: float, vwap: float | None, trade_count: int | None
) -> Aggregate:
    """Return somebody else's bar as a part of longer windows.

    Parameters
    ----------
    window
        Start and end, microseconds UTC.
    prices
        Open, high, low and close, US dollars.
    vwap
        If it is not known, the typical price stands for it, the mean of high, low and close, as in charting tools.
    """
    start, end = window
    first, high, low, last = prices
    mean = (high + low + last) / 3 if vwap is None else vwap
    return Aggregate(start, end, first, high, low, last, volume, mean * volume, trade_count or 0, 0, start, 0, end - 1, 0)


def merge(whole: Aggregate, part: Aggregate) -> Aggregate:
    """Put ``part`` into ``whole``; its window must lie inside. Place decides open and close, not the order of calls.

    Source: first open, highest high, lowest low, last close, sums of the others.
    """
    earlier = (part.first_ts, part.first_sequence) < (whole.first_ts, whole.first_sequence)
    later = (part.last_ts, part.last_sequence) > (whole.last_ts, whole.last_sequence)
    first, last = part if earlier else whole, part if later else whole
    return Aggregate(
        whole.start, whole.end, first.open, max(whole.high, part.high), min(whole.low, part.low), last.close,
        whole.volume + part.volume, whole.notional + part.notional, whole.trade_count + part.trade_count, whole.revision,
        first.first_ts, first.first_sequence, last.last_ts, last.last_sequence,
    )  # fmt: skip
