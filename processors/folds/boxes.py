"""Compression boxes on short bars: form, extend, break, dissolve (BOX-02, BOX-03).

A box forms when the newest `minimum_bars` bars of one day keep within the range limits, are clearly quieter than as many bars
before them, and touch each edge at least `minimum_touches` times: an edge seen once is a passing price, not an edge, and the test
keeps the bars of the move before the pause out of the box. From then on each bar either

* closes beyond an edge by more than the buffer: BROKEN_UP or BROKEN_DOWN, the edges are those of the bars before it;
* stays, widening the edges by its wicks, and the box keeps its limits: EXTENDED;
* or makes the box too wide, too old, or comes on another day: DISSOLVED.

Bars of one box belong to it alone: the next box starts with the bar that ended this one at the earliest.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.settings import BoxSettings
from processors.calc.aggregate import Aggregate
from processors.calc.compression import Compression, mean_range, measure
from processors.calc.windows import LENGTH_US, window_of
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
    after = measure([*inside, bar], track.atr_before, track.mean_range_before)
    too_old = bar.end - live.window_start > settings.maximum_bars * LENGTH_US[track.resolution]
    if too_old or not _narrow(after, settings):
        return _end(track, symbol, BoxState.DISSOLVED, inside, before, bar, tick_us)
    return _with_box(track, _record(track, symbol, BoxState.EXTENDED, [*inside, bar], after, tick_us), track.not_before)


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
    if not _narrow(found, settings) or found.range_bps < settings.minimum_range_bps:
        return nothing
    if found.ratio is None or found.ratio > settings.maximum_compression_ratio:
        return nothing
    if min(found.touches_high, found.touches_low) < settings.minimum_touches:
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
    return BoxTrack(
        resolution=track.resolution, box=box, atr_before=track.atr_before, mean_range_before=track.mean_range_before,
        not_before=not_before,
    )  # fmt: skip


def _record(track: BoxTrack, symbol: str, state: BoxState, inside: Sequence[Aggregate], found: Compression, tick_us: int) -> Box:
    return Box(
        symbol=symbol,
        box_id=deterministic_id("box", symbol, track.resolution, inside[0].start),
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
