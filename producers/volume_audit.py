"""Compares the volume of the vendor's minute bars with the prints that came, to notice prints that never came."""

from __future__ import annotations

from collections import OrderedDict

from infra.clock import MICROSECONDS
from schemas.records import Bar, Resolution, Trade

_MINUTE_US = 60 * MICROSECONDS
_MINUTES_KEPT = 3


class VolumeAudit:
    """Sums prints by minute and symbol.

    Parameters
    ----------
    since_us
        Minutes that begin before this moment are incomplete by nature and never audited.
    """

    def __init__(self, since_us: int) -> None:
        self._since_us = since_us
        self._minutes: dict[str, OrderedDict[int, float]] = {}

    def count(self, trade: Trade) -> None:
        """Add one print."""
        minute = trade.ts_event // _MINUTE_US * _MINUTE_US
        minutes = self._minutes.setdefault(trade.symbol, OrderedDict())
        minutes[minute] = minutes.get(minute, 0.0) + trade.size
        while len(minutes) > _MINUTES_KEPT:
            minutes.popitem(last=False)

    def is_short(self, bar: Bar) -> bool:
        """Tell whether fewer shares came than the vendor's bar says were traded."""
        if bar.resolution is not Resolution.M1 or bar.window_start < self._since_us:
            return False
        minutes = self._minutes.get(bar.symbol)
        return (minutes.get(bar.window_start, 0.0) if minutes else 0.0) < bar.volume
