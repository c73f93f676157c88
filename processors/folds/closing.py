"""What one tick does to one symbol: late prints revise, due seconds and windows close, a view is taken.

The object lives for a single tick; it unpacks of the history only what this tick touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from infra.feature_settings import FeatureSettings
from infra.settings import BarSettings, BoxSettings
from processors.calc.aggregate import Aggregate, Print, merge
from processors.calc.price_spread import squares_of
from processors.calc.volume_profile import VolumeProfile
from processors.calc.windows import LENGTH_US, SECOND_US, window_of
from processors.fold import Output
from processors.folds import boxes, day, features
from processors.folds.bars import AGGREGATES, RESOLUTIONS, OpenWindows, bar_record, revise, seconds_of
from processors.folds.features import FEATURE_RESOLUTIONS, INDICATORS, IndicatorRow
from processors.folds.late import KnownSeconds
from processors.folds.quotes import newest_row
from processors.folds.views import build_view
from schemas.record import Record
from schemas.records import Bar, BarSeries, BoxTrack, Features, MarketHistory, Resolution, Tick, VolumeTrack


class Closing:
    """A history on its way from one tick to the next.

    Parameters
    ----------
    newest_quote
        Newest quote before the tick, packed.
    tick
        Its time, what of it is not to be trusted, and which economic event is near.
    behind_us
        How much later than the grace windows close, because a vendor's bars are waited for.
    """

    def __init__(
        self, symbol: str, history: MarketHistory, newest_quote: bytes, tick: Tick, bars: BarSettings, box: BoxSettings, feature: FeatureSettings,
        behind_us: int = 0,
    ) -> None:  # fmt: skip
        tick_us = tick.ts_event
        self.outputs: list[Output] = []
        self.closed_until = history.closed_until
        self.boundary = (tick_us - round(bars.grace_seconds * SECOND_US) - behind_us) // SECOND_US * SECOND_US
        self._symbol, self._before, self._tick_us = symbol, history, tick_us
        self._bar_settings, self._box_settings, self._feature_settings = bars, box, feature
        self._unfit, self._macro = tick.unfit, tick.macro
        self._newest_quote = newest_quote
        self._quote = newest_row(newest_quote)
        self._open = OpenWindows(dict(zip(history.open_resolutions, AGGREGATES.unpack(history.open_windows), strict=True)))
        self._seconds = self._seconds_before = KnownSeconds(history.seconds, history.identities)
        self._series = {item.resolution: item for item in history.series}
        self._tracks = {item.resolution: item for item in history.boxes}
        self._day = history.day
        self._profile: VolumeProfile | None = None  # unpacked at the first close of a bar
        self._last_price, self._last_trade_end = history.last_price, history.last_trade_end
        self._bars_until, self._bars_dropped = history.bars_until, 0
        self._closed_seconds: list[Aggregate] = []
        self._closed_bars: list[Bar] = []
        self._late_revised, self._late_dropped, self._repeated = 0, 0, 0

    def take_late(self, prints: Sequence[Print]) -> None:
        """Revise what closed earlier with prints inside the correction horizon; count the others."""
        if not prints:
            return
        horizon = self._tick_us - self._bar_settings.correction_horizon_seconds * SECOND_US
        # What a vendor's bar stands in for is in it already.
        known = [item for item in prints if item.ts_event // SECOND_US * SECOND_US + SECOND_US > horizon and item.ts_event >= self._bars_until]
        self._late_dropped += len(prints) - len(known)
        fresh = self._seconds.without_repeats(known)
        self._repeated += len(known) - len(fresh)
        self._late_revised += len(fresh)
        closed: dict[tuple[Resolution, int], Aggregate] = {}
        for second, group in seconds_of(fresh):
            self._seconds, revised = self._seconds.revise(second, group)
            if revised is not None and revised.priced:
                self._write("derived.bars", bar_record(self._symbol, Resolution.S1, revised, self._tick_us))
            self._day = day.add_late(self._day, second, squares_of(group, second.volume, second.notional))
            for resolution in RESOLUTIONS:
                start, end = window_of(resolution, second.start)
                whole = second._replace(start=start, end=end)
                if end > self.closed_until:
                    self._open.put(resolution, whole)
                else:
                    key = (resolution, start)
                    closed[key] = merge(closed[key], whole) if key in closed else whole
        for (resolution, _), part in sorted(closed.items(), key=lambda item: (item[1].end, item[1].start)):
            self._revise(resolution, part)

    def take_on_time(self, prints: Sequence[Print]) -> None:
        """Close the seconds of these prints, in order, and the windows that end before each."""
        self.take_parts(seconds_of(prints))

    def take_parts(self, parts: Iterable[tuple[Aggregate, Sequence[Print]]]) -> None:
        """Close parts of windows, in order: seconds with their prints; or bars of a file, whose prints nobody knows any more."""
        for second, group in parts:
            self._close_windows(second.start)
            if second.priced:
                self._write("derived.bars", bar_record(self._symbol, Resolution.S1, second, self._tick_us))
                self._last_price, self._last_trade_end = second.close, second.end
            self._seconds = self._seconds.append(second, group, self._bar_settings.known_seconds)
            self._day = day.add_second(self._day, second, squares_of(group, second.volume, second.notional))
            self._closed_seconds.append(second)
            self._open.add(second)

    def take_bars(self, bars: Sequence[Aggregate], oldest_us: int) -> None:
        """Let a vendor's bars, oldest first, stand in for trades where there are none; windows that end before each close.

        What ended by ``oldest_us`` is history: nobody is to act on it. The spread of prices inside a bar is not known: the session's sigma is
        that of the bars' means about its VWAP, as charting tools have it.
        """
        for bar in bars:
            horizon_us = 0 if self._last_trade_end == self._bars_until else self._bar_settings.correction_horizon_seconds * SECOND_US
            if bar.start < self._last_trade_end + horizon_us:
                continue  # there are trades; or it is a repetition
            if bar.end <= (max(oldest_us, self.closed_until) if self._last_trade_end else oldest_us):
                self._bars_dropped += 1  # the windows around it may be closed
                continue
            self._close_windows(bar.start)
            if bar.end - bar.start == SECOND_US:
                self._write("derived.bars", bar_record(self._symbol, Resolution.S1, bar, self._tick_us))
            self._last_price, self._last_trade_end, self._bars_until = bar.close, bar.end, bar.end
            self._day = day.add_second(self._day, bar, 0.0)
            self._closed_seconds.append(bar)
            self._open.add(bar)

    def close_due(self) -> None:
        """Close the windows that end by the boundary, or before the end of a bar that stood in."""
        self._close_windows(max(self.boundary, self._bars_until))

    def view(self, *, even_unchanged: bool) -> None:
        """Write the view if something changed since the previous one, or anyway."""
        changed = self._closed_seconds or self._closed_bars or self._late_revised or self._newest_quote != self._before.newest_quote
        if changed or even_unchanged:
            self._write(
                "views",
                build_view(
                    symbol=self._symbol,
                    tick_us=self._tick_us,
                    seconds=self._closed_seconds,
                    last_price=self._last_price,
                    last_trade_end=self._last_trade_end,
                    quote=self._quote,
                    quote_fresh_seconds=self._bar_settings.quote_fresh_seconds,
                    day=self._day,
                    features={resolution: item.features for resolution, item in self._series.items()},
                    boxes={resolution: item.box for resolution, item in self._tracks.items()},
                    closed_bars=self._closed_bars,
                    revised=self._late_revised > 0,
                    unfit=self._unfit,
                    macro=self._macro,
                    by_bars=0 < self._bars_until == self._last_trade_end,
                ),
            )

    def history(self) -> MarketHistory:
        """Return the history after this tick."""
        before = self._before
        return MarketHistory(
            last_tick=self._tick_us,
            closed_until=max(self.boundary, self.closed_until, self._bars_until),
            newest_quote=self._newest_quote,
            open_windows=AGGREGATES.pack_all(self._open.windows.values()),
            open_resolutions=tuple(self._open.windows),
            next_close=self._open.next_close(),
            seconds=self._seconds.seconds,
            identities=self._seconds.identities,
            series=tuple(self._series.values()),
            boxes=tuple(self._tracks.values()),
            day=self._day,
            last_price=self._last_price,
            last_trade_end=self._last_trade_end,
            bars_until=self._bars_until,
            vendor_bars_dropped=before.vendor_bars_dropped + self._bars_dropped,
            volume_profile=before.volume_profile if self._profile is None else VolumeTrack(**self._profile._asdict()),
            late_trades_revised=before.late_trades_revised + self._late_revised,
            late_trades_dropped=before.late_trades_dropped + self._late_dropped,
            repeated_trades_dropped=before.repeated_trades_dropped + self._repeated,
        )

    def _close_windows(self, moment_us: int) -> None:
        for resolution, item in self._open.due(moment_us):
            if not item.priced:
                continue  # as with vendors: where nobody may set a price there is no bar
            record = bar_record(self._symbol, resolution, item, self._tick_us)
            self._closed_bars.append(record)
            self._write("derived.bars", record)
            bars, rows = self._unpack(resolution)
            bars.append(item)
            newest = self._store(resolution, bars, rows, len(bars) - 1, closed=True)
            if newest is not None:
                self._write("derived.features", newest)
            if resolution is Resolution.M5 and self._feature_settings.bars:
                self._profile = self._profile_at(item.start).add(item.start, item.volume)
            if resolution in boxes.BOX_RESOLUTIONS and self._feature_settings.bars:
                self._follow_box(resolution)

    def _revise(self, resolution: Resolution, late: Aggregate) -> None:
        bars, rows = self._unpack(resolution)
        if bars and late.start < bars[0].start:  # older than all we keep: nothing to revise it against
            return
        if all(bar.start != late.start for bar in bars):
            unpriced = self._seconds_before.within(late.start, late.end)  # what came in time, and could not make a bar
            late = merge(unpriced, late) if unpriced else late
            if not late.priced:
                return
        bars, index = revise(bars, late)
        if resolution is Resolution.M5 and self._feature_settings.bars:
            self._profile = self._profile_at(late.start).add(late.start, late.volume)
        self._write("derived.bars", bar_record(self._symbol, resolution, bars[index], self._tick_us))
        self._store(resolution, bars, rows, index, closed=False)

    def _unpack(self, resolution: Resolution) -> tuple[list[Aggregate], list[IndicatorRow]]:
        known = self._series.get(resolution)
        return (AGGREGATES.unpack(known.bars), INDICATORS.unpack(known.indicators)) if known else ([], [])

    def _store(self, resolution: Resolution, bars: list[Aggregate], rows: list[IndicatorRow], changed: int, *, closed: bool) -> Features | None:
        """Keep the bars; their features are those known at the close, so a revision leaves them as they were."""
        known = self._series.get(resolution)
        newest = known.features if known else None
        if resolution in FEATURE_RESOLUTIONS and self._feature_settings.bars:
            rows = features.extend(bars, rows, changed)
            if closed and self._day is not None:
                spread = self._quote.spread_bps if self._quote and self._is_fresh() else None
                usual = self._usual_volume(resolution, bars[-1])
                newest = features.features_of(
                    self._symbol, resolution, bars, rows, self._day, usual, spread, self._tick_us, self._feature_settings
                )
        kept = self._memory(resolution)
        self._series[resolution] = BarSeries(
            resolution=resolution, bars=AGGREGATES.pack_all(bars[-kept:]), indicators=INDICATORS.pack_all(rows[-kept:]), features=newest
        )
        return newest if closed else None

    def _usual_volume(self, resolution: Resolution, bar: Aggregate) -> float | None:
        """Return the mean volume of the bar's time of day; a whole day has none, its parts are not all traded."""
        if resolution is Resolution.D1:
            return None
        self._profile = self._profile_at(bar.start)
        return self._profile.usual_volume(bar.start, bar.end, self._feature_settings.least_volume_days)

    def _profile_at(self, moment_us: int) -> VolumeProfile:
        known, track = self._profile, self._before.volume_profile
        if known is None:
            known = VolumeProfile(track.day_start, track.today, track.usual, track.days) if track else VolumeProfile()
        return known.at(window_of(Resolution.D1, moment_us)[0], self._feature_settings.volume_days)

    def _follow_box(self, resolution: Resolution) -> None:
        bars, rows = self._unpack(resolution)
        track = self._tracks.get(resolution) or BoxTrack(resolution=resolution)
        after = boxes.advance(track, self._symbol, bars, rows, self._box_settings, self._tick_us)
        self._tracks[resolution] = after
        if after.box is not None:
            self._write("derived.boxes", after.box)

    def _memory(self, resolution: Resolution) -> int:
        """Bars to keep: what features, boxes and late trades look back at."""
        needed = [2]
        if resolution in LENGTH_US:
            needed.append(self._bar_settings.correction_horizon_seconds * SECOND_US // LENGTH_US[resolution] + 2)
        if resolution in FEATURE_RESOLUTIONS:
            needed.append(features.memory_bars(self._feature_settings))
        if resolution in boxes.BOX_RESOLUTIONS:
            needed.append(boxes.memory_bars(self._box_settings))
        return max(needed)

    def _is_fresh(self) -> bool:
        assert self._quote is not None
        return "market.quotes" not in self._unfit and self._tick_us - self._quote.ts_event <= self._bar_settings.quote_fresh_seconds * SECOND_US

    def _write(self, topic: str, record: Record) -> None:
        self.outputs.append(Output(topic, record))
