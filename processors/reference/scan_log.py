"""What each window of the pre-market scan brought (WCH-04); pure.

The lists follow the gappers without a pause; a window sums up how they changed in it. The freeze and the ranking end the window they fall into.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.clock import MICROSECONDS
from infra.reference_settings import WatchlistSettings
from processors.reference.gapper_day import DayMoments
from schemas.records import Watchlist


@dataclass(frozen=True, slots=True)
class ScanWindow:
    """One window of the scan, ``[begins_us, ends_us)``.

    Attributes
    ----------
    heard
        Records of gappers that were read in it.
    candidates, listed
        Symbols that qualified, and those on the longlist, at its end.
    entered, left
        Symbols that joined the longlist since the window before, or left it.
    largest_gap_percent, largest_relative_volume
        Of the longlist at its end, the gap by its distance from 0; None without any.
    """

    begins_us: int
    ends_us: int
    heard: int
    candidates: int
    listed: int
    entered: int
    left: int
    largest_gap_percent: float | None
    largest_relative_volume: float | None


def window_at(moments: DayMoments, window_us: int, now_us: int) -> tuple[int, int] | None:
    """Return the bounds of the window around a moment; None before the day begins and from its ranking on."""
    if not moments.begins_us <= now_us < moments.final_us:
        return None
    begins_us = moments.begins_us + (now_us - moments.begins_us) // window_us * window_us
    ends_us = begins_us + window_us
    for bound_us in (moments.freeze_us, moments.final_us):
        if begins_us < bound_us < ends_us:
            begins_us, ends_us = (begins_us, bound_us) if now_us < bound_us else (bound_us, ends_us)
    return begins_us, ends_us


class ScanLog:
    """Counts what a day's scan hears, and closes a window when the time has passed its end."""

    def __init__(self, moments: DayMoments, settings: WatchlistSettings) -> None:
        self._moments = moments
        self._window_us = round(settings.scan_window_minutes * 60 * MICROSECONDS)
        self._open: tuple[int, int] | None = None
        self._heard = self._unassigned = 0
        self._before: frozenset[str] = frozenset()
        self._newest: Watchlist | None = None

    def heard(self, records: int) -> None:
        """Take note of gappers that were read."""
        self._unassigned += records

    def look(self, longlist: Watchlist | None, now_us: int) -> ScanWindow | None:
        """Take the longlist as it was last written; return the window that has ended, if one has. Windows in which nobody looked are none."""
        window = window_at(self._moments, self._window_us, now_us)
        ended = None if self._open is None or self._open == window else self._closed(*self._open)
        self._open, self._newest = window, longlist
        self._heard, self._unassigned = self._heard + self._unassigned, 0
        return ended

    def _closed(self, begins_us: int, ends_us: int) -> ScanWindow:
        entries = () if self._newest is None else self._newest.entries
        symbols = frozenset(entry.symbol for entry in entries)
        found = ScanWindow(
            begins_us, ends_us, self._heard, 0 if self._newest is None else self._newest.candidates, len(entries),
            len(symbols - self._before), len(self._before - symbols),
            max((entry.gap_percent for entry in entries if entry.gap_percent is not None), key=abs, default=None),
            max((entry.relative_volume for entry in entries if entry.relative_volume is not None), default=None),
        )  # fmt: skip
        self._before, self._heard = symbols, 0
        return found
