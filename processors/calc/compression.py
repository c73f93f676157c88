"""How narrow a row of bars is, and how often it touched its edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from processors.calc.indicators import change_bps

TOUCH_SHARE = 0.1


class HighLow(Protocol):
    """Anything with a high, a low and a volume."""

    @property
    def high(self) -> float: ...

    @property
    def low(self) -> float: ...

    @property
    def volume(self) -> float: ...


class Compression(NamedTuple):
    """Measures of the bars inside one box."""

    high: float  # US dollars
    low: float
    range_bps: float
    range_to_atr: float | None  # height in ATRs before the box
    ratio: float | None  # mean bar range inside / before
    mean_volume: float  # shares a bar
    touches_high: int  # bars within a tenth of the height of the upper edge
    touches_low: int


def measure(inside: Sequence[HighLow], atr_before: float | None, mean_range_before: float | None) -> Compression:
    """Measure the bars inside a box.

    Parameters
    ----------
    inside
        At least one bar, oldest first.
    atr_before
        Average true range just before the first bar inside, US dollars.
    mean_range_before
        `mean_range` of as many bars before the box, US dollars.

    Source: own definition. Height (high / low - 1) x 10,000; compression ratio is the mean bar range inside over that before; a bar touches
    an edge within a tenth of the height.
    """
    high = max(bar.high for bar in inside)
    low = min(bar.low for bar in inside)
    near = (high - low) * TOUCH_SHARE
    return Compression(
        high=high,
        low=low,
        range_bps=change_bps(high, low),
        range_to_atr=(high - low) / atr_before if atr_before else None,
        ratio=sum(bar.high - bar.low for bar in inside) / len(inside) / mean_range_before if mean_range_before else None,
        mean_volume=sum(bar.volume for bar in inside) / len(inside),
        touches_high=sum(bar.high >= high - near for bar in inside),
        touches_low=sum(bar.low <= low + near for bar in inside),
    )


def mean_range(bars: Sequence[HighLow]) -> float | None:
    """Return the mean of high - low, US dollars; None without bars."""
    return sum(bar.high - bar.low for bar in bars) / len(bars) if bars else None
