"""Compression boxes on short bars: form, extend, break, dissolve (BOX-02, BOX-03).

A box forms when the newest `minimum_bars` bars of one day keep within the range limits, are clearly quieter than as many bars
before them, and touch each edge at least `minimum_touches` times: an edge seen once is a passing price, not an edge, and the test
keeps the bars of the move before the pause out of the box. From then on each bar either

* closes beyond an edge by more than the buffer: BROKEN_UP or BROKEN_DOWN, the edges are those of the bars before it;
* stays, widening the edges by its wicks, and the box keeps its limits: EXTENDED; oldest bars that alone made an edge then leave the box;
* or makes the box too wide, too old, or comes on another day: DISSOLVED.

Bars of one box belong to it alone: the next box starts with the bar that ended this one at the earliest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infra.settings import BoxSettings
from processors.calc.aggregate import Aggregate
from processors.calc.compression import Compression, mean_range, measure
from processors.calc.windows import LENGTH_US, window_of
from processors.folds.box_gates import box_gaps
from processors.folds.features import IndicatorRow
from schemas.ids import deterministic_id
from schemas.records import Box, BoxState, BoxTrack, Resolution

BOX_RESOLUTIONS = (Resolution.M1, Resolution.M2)
LIVE = (BoxState.FORMED, BoxState.EXTENDED)


def memory_bars(settings: BoxSettings) -> int:
    """Return how many bars detection looks at: a full box and the bar that ends it, or a young one and as many before it."""
    return max(settings.maximum_bars + 2, 2 * settings.minimum_bars + 1)


def advance(track: BoxTrack, symbol: str, bars: Sequence[Aggregate], rows: Sequence[IndicatorRow], settings: BoxSettings, tick_us: int) -> BoxTrack:
    """Return the track after the newest bar; its box is new in this bar, or None."""
    live = track.box
    if live is None or live.state not in LIVE:
        return _look_for_box(track, symbol, bars, rows, settings, tick_us)
    bar = bars[-1]
    inside = [item for item in bars[:-1] if item.start >= live.window_start]
    before = measure(inside, track.atr_before, track.mean_range_before)
    buffer = settings.break_buffer_atr * (track.atr_before or 0.0)
    if _day(bar) != _day(inside[0]):
        return _end(track, symbol, BoxState.DISSOLVED, inside, before, bar, tick_us)
    if bar.close > before.high + buffer:
        return _end(track, symbol, BoxState.BROKEN_UP, inside, before, bar, tick_us)
    if bar.close < before.low - buffer:
        return _end(track, symbol, BoxState.BROKEN_DOWN, inside, before, bar, tick_us)
    members = _without_lead([*inside, bar], settings, settings.minimum_bars // 2 - track.left_out)
    after = measure(members, track.atr_before, track.mean_range_before)
    too_old = bar.end - live.window_start > settings.maximum_bars * LENGTH_US[track.resolution]
    if too_old or not _narrow(after, settings):
        return _end(track, symbol, BoxState.DISSOLVED, inside, before, bar, tick_us)
    left_out = track.left_out + len(inside) + 1 - len(members)
    return replace(track, box=_record(track, symbol, BoxState.EXTENDED, members, after, tick_us), left_out=left_out)


def _without_lead(bars: list[Aggregate], settings: BoxSettings, most: int) -> list[Aggregate]:
    """Leave out up to ``most`` of the oldest bars, if the last of them made an edge that no later bar came to.

    The test of a young box cannot tell the last bars of the move before it from its own. Later bars can: an edge that none of them came to is
    where the move ended. Enough bars must remain, and touch both edges of their own. There is a limit, as in a drifting market the oldest bar
    always holds an edge alone.
    """
    for count in range(min(most, len(bars) - settings.minimum_bars), 0, -1):
        lead, rest = bars[count - 1], measure(bars[count:], None, None)
        alone = lead.high > rest.high or lead.low < rest.low
        if alone and min(rest.touches_high, rest.touches_low) >= settings.minimum_touches:
            return bars[count:]
    return bars


def _look_for_box(
    track: BoxTrack, symbol: str, bars: Sequence[Aggregate], rows: Sequence[IndicatorRow], settings: BoxSettings, tick_us: int
) -> BoxTrack:
    count = settings.minimum_bars
    start = len(bars) - count
    nothing = _with_box(track, None, track.not_before)
    if start < 1 or bars[start].start < track.not_before:
        return nothing
    inside = bars[start:]
    longest = settings.maximum_bars * LENGTH_US[track.resolution]
    if _day(inside[0]) != _day(inside[-1]) or inside[-1].end - inside[0].start > longest:
        return nothing
    atr_before = rows[start - 1].atr
    range_before = mean_range(bars[max(0, start - count) : start])
    found = measure(inside, atr_before, range_before)
    if box_gaps(found, settings):
        return nothing
    fresh = BoxTrack(resolution=track.resolution, box=None, atr_before=atr_before, mean_range_before=range_before, not_before=track.not_before)
    return _with_box(fresh, _record(fresh, symbol, BoxState.FORMED, inside, found, tick_us), track.not_before)


def _narrow(found: Compression, settings: BoxSettings) -> bool:
    if found.range_to_atr is None or found.range_to_atr > settings.maximum_range_to_atr:
        return False
    return found.range_bps <= settings.maximum_range_bps


def _end(track: BoxTrack, symbol: str, state: BoxState, inside: Sequence[Aggregate], found: Compression, bar: Aggregate, tick_us: int) -> BoxTrack:
    return _with_box(track, _record(track, symbol, state, inside, found, tick_us), bar.start)


def _with_box(track: BoxTrack, box: Box | None, not_before: int) -> BoxTrack:
    return replace(track, box=box, not_before=not_before, left_out=0)


def _record(track: BoxTrack, symbol: str, state: BoxState, inside: Sequence[Aggregate], found: Compression, tick_us: int) -> Box:
    live = track.box if track.box is not None and track.box.state in LIVE else None
    return Box(
        symbol=symbol,
        box_id=live.box_id if live is not None else deterministic_id("box", symbol, track.resolution, inside[0].start),
        resolution=track.resolution,
        state=state,
        ts_event=tick_us,
        window_start=inside[0].start,
        window_end=inside[-1].end,
        bar_count=len(inside),
        high=found.high,
        low=found.low,
        range_bps=found.range_bps,
        range_to_atr=found.range_to_atr,
        compression_ratio=found.ratio,
        mean_volume=found.mean_volume,
        touches_high=found.touches_high,
        touches_low=found.touches_low,
    )


def _day(bar: Aggregate) -> int:
    return window_of(Resolution.D1, bar.start)[0]
