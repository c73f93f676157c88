"""Compares the volume of the vendor's minute bars with the prints that came, to notice prints that never came."""

from __future__ import annotations

from collections import OrderedDict

from infra.clock import MICROSECONDS
from schemas.bar_parts import VOLUME
from schemas.records import Bar, Resolution, Trade

_MINUTE_US = 60 * MICROSECONDS
_MINUTES_KEPT = 3
_ROUNDING = 1e-9  # crypto trades in fractions, whose sum depends on the order
_LONGEST_STRETCH_US = 60 * _MINUTE_US


class VolumeAudit:
    """Sums prints by minute and symbol.

    Parameters
    ----------
    since_us
        Minutes that begin before this moment are incomplete by nature and never audited.
    """

    def __init__(self, since_us: int) -> None:
        self._since_us = -(-since_us // _MINUTE_US) * _MINUTE_US
        self._audited_until: dict[str, int] = {}
        self._minutes: dict[str, OrderedDict[int, float]] = {}

    def count(self, trade: Trade) -> None:
        """Add one print, if it counts in a bar's volume."""
        if not trade.bar_parts & VOLUME:
            return
        minute = trade.ts_event // _MINUTE_US * _MINUTE_US
        minutes = self._minutes.setdefault(trade.symbol, OrderedDict())
        minutes[minute] = minutes.get(minute, 0.0) + trade.size
        while len(minutes) > _MINUTES_KEPT:
            minutes.popitem(last=False)

    def suspect(self, bar: Bar) -> tuple[int, int] | None:
        """Return the stretch in which prints of the bar's symbol may be missing, None when all is well.

        That is the bar's own minute when fewer shares came than the vendor counts, and the minutes since the last bar when
        some are absent: silent minutes have no bar, but neither have those that were lost whole.
        """
        if bar.resolution is not Resolution.M1 or bar.window_start < self._since_us:
            return None
        start = max(self._audited_until.get(bar.symbol, self._since_us), bar.window_end - _LONGEST_STRETCH_US)
        self._audited_until[bar.symbol] = max(start, bar.window_end)
        minutes = self._minutes.get(bar.symbol)
        counted = minutes.get(bar.window_start, 0.0) if minutes else 0.0
        is_short = counted < bar.volume * (1 - _ROUNDING)
        end = bar.window_end if is_short else bar.window_start
        return (start, end) if start < end else None
