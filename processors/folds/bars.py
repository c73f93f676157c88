"""Bars of all resolutions from closed seconds: open windows fill, close at ticks, and late trades revise them (BAR-01, BAR-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from processors.calc.aggregate import Aggregate, Print, merge, of_prints
from processors.calc.packed import Layout
from processors.calc.windows import SECOND_US, window_of
from schemas.records import Bar, Resolution

AGGREGATES = Layout(Aggregate)
RESOLUTIONS = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15, Resolution.H1, Resolution.D1)
_RANK = {resolution: rank for rank, resolution in enumerate(RESOLUTIONS)}
SOURCE = "tapewire"


def seconds_of(prints: Sequence[Print]) -> Iterator[tuple[Aggregate, list[Print]]]:
    """Group sorted prints by second, oldest first."""
    first = 0
    for index in range(1, len(prints) + 1):
        start = prints[first].ts_event // SECOND_US * SECOND_US
        if index == len(prints) or prints[index].ts_event >= start + SECOND_US:
            group = list(prints[first:index])
            yield of_prints(start, start + SECOND_US, group), group
            first = index


class OpenWindows:
    """Windows of one minute and longer that are filling; lives for one tick.

    Parameters
    ----------
    windows
        Resolution to what came so far.
    """

    def __init__(self, windows: Mapping[Resolution, Aggregate]) -> None:
        self.windows = dict(windows)

    def due(self, moment_us: int) -> list[tuple[Resolution, Aggregate]]:
        """Take out the windows that end by the moment, in the order of their ends, short ones first."""
        closing = [(item.end, _RANK[resolution], resolution) for resolution, item in self.windows.items() if item.end <= moment_us]
        return [(resolution, self.windows.pop(resolution)) for _, _, resolution in sorted(closing)]

    def add(self, second: Aggregate) -> None:
        """Put a closed second into the window of each resolution; windows that end before it must be taken out first."""
        for resolution in RESOLUTIONS:
            known = self.windows.get(resolution)
            start, end = (known.start, known.end) if known else window_of(resolution, second.start)
            self.put(resolution, second._replace(start=start, end=end))

    def put(self, resolution: Resolution, part: Aggregate) -> None:
        """Put a part, with its window's start and end, into the open window of one resolution."""
        known = self.windows.get(resolution)
        self.windows[resolution] = merge(known, part) if known else part

    def next_close(self) -> int:
        """Return the earliest end of an open window, or 0."""
        return min((item.end for item in self.windows.values()), default=0)


def revise(bars: Sequence[Aggregate], late: Aggregate) -> tuple[list[Aggregate], int]:
    """Merge late prints into the closed bar of their window, or insert a bar where there was none.

    Parameters
    ----------
    bars
        Closed bars, oldest first.
    late
        Late prints of one window, with that window's start and end.

    Returns
    -------
    tuple
        The bars, and the index of the one that changed.
    """
    changed = list(bars)
    for index in range(len(changed), 0, -1):
        known = changed[index - 1]
        if known.start == late.start:
            changed[index - 1] = merge(known, late)._replace(revision=known.revision + 1)
            return changed, index - 1
        if known.start < late.start:
            changed.insert(index, late)
            return changed, index
    changed.insert(0, late)
    return changed, 0


def bar_record(symbol: str, resolution: Resolution, item: Aggregate, tick_us: int) -> Bar:
    """Return the record of a closed or revised window."""
    return Bar(
        symbol=symbol, resolution=resolution, window_start=item.start, window_end=item.end,
        open=item.open, high=item.high, low=item.low, close=item.close,
        volume=item.volume, vwap=item.vwap, trade_count=item.trade_count or None, revision=item.revision,
        source=SOURCE, ts_event=tick_us,
    )  # fmt: skip
