"""`fetch` and `stream`: bars of a vendor with signals and regimes (REG-05 to REG-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from infra.clock import Clock, to_microseconds
from infra.errors import ConfigurationError
from infra.settings import Settings
from processors.calc.windows import LENGTH_US
from processors.research.bar_replay import BarReplay
from processors.research.bar_source import BarSource
from processors.research.frame import Frame, frame_of
from processors.research.frame_cache import FrameCache
from schemas.records import Bar, PriceSnapshot, Regime, Resolution, Signal

INTERVALS: Mapping[str, Resolution] = {
    "1s": Resolution.S1, "1m": Resolution.M1, "2m": Resolution.M2, "5m": Resolution.M5, "15m": Resolution.M15, "1h": Resolution.H1,
    "1d": Resolution.D1,
}  # fmt: skip
_DAY_US = 86_400_000_000
_WARM_UP_BARS = 500  # before a stream's first payload: the volatility's rank has its history


@dataclass(frozen=True, slots=True)
class Payload:
    """A closed bar of a stream with the signals called at it and the regime."""

    bar: Bar
    signals: tuple[Signal, ...]
    regime: Regime


class DataLayer:
    """Bars, signals and regimes.

    Parameters
    ----------
    sources
        Vendor to where its bars come from.
    settings
        Of the folds, for signals and regimes.
    clock
        Market time: what has not ended is not stored.
    cache_folder
        Where frames are kept as Parquet files; None keeps none.
    record
        Told of each frame that is stored, e.g. to write it to market.price-snapshots; None tells nobody.
    """

    def __init__(
        self,
        sources: Mapping[str, BarSource],
        settings: Settings,
        clock: Clock,
        cache_folder: Path | None = None,
        record: Callable[[PriceSnapshot], None] | None = None,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._clock = clock
        self._cache = None if cache_folder is None else FrameCache(cache_folder)
        self._record = record

    async def fetch(self, symbol: str, interval: str, vendor: str, start: datetime, end: datetime) -> Frame:
        """Return the bars that begin in ``[start, end)``, with signals and regimes of the same length.

        A frame that was fetched before and whose end had passed comes from the cache, without a call to the vendor.

        Parameters
        ----------
        symbol
            As the exchange writes it.
        interval
            1s, 1m, 2m, 5m, 15m, 1h or 1d.
        vendor
            One of the sources.
        start, end
            Moments with a time zone.

        Raises
        ------
        ConfigurationError
            For an interval or a vendor that is not there, and for a start that is not before the end.
        infra.errors.TapewireError
            If the vendor does not give the bars.
        """
        resolution, source = _resolution(interval), self._source(vendor)
        start_us, end_us = to_microseconds(start), to_microseconds(end)
        if start_us >= end_us:
            raise ConfigurationError(f"fetch: expected a start before the end, found {start} and {end}")
        asked = (vendor, symbol, resolution, start_us, end_us)
        bars = None if self._cache is None else self._cache.read(*asked)
        if bars is None:
            bars = _in_order(await source.bars(symbol, resolution, start_us, end_us))
            if self._cache is not None and end_us <= (now_us := self._clock.now_us()):
                snapshot = self._cache.write(*asked, bars, now_us)
                if self._record is not None:
                    self._record(snapshot)
        return frame_of(symbol, vendor, resolution, bars, self._settings)

    async def stream(self, symbols: Sequence[str], vendor: str, interval: str = "1m") -> AsyncIterator[Payload]:
        """Yield each bar as it closes, with its signals and regime; never ends by itself.

        The bars of the last hours are folded first, so that regimes are warm; they are not yielded.

        Raises
        ------
        ConfigurationError, infra.errors.TapewireError
            As `fetch`.
        """
        resolution, source = _resolution(interval), self._source(vendor)
        now_us = self._clock.now_us()
        since = now_us - _WARM_UP_BARS * LENGTH_US.get(resolution, _DAY_US)
        replays: dict[str, BarReplay] = {}
        newest: dict[str, int] = {}
        for symbol in symbols:
            replays[symbol] = BarReplay(symbol, resolution, self._settings)
            newest[symbol] = 0
            for bar in _in_order(await source.bars(symbol, resolution, since, now_us)):
                if bar.window_end <= now_us:
                    replays[symbol].add(bar)
                    newest[symbol] = bar.window_start
        async for bar in source.stream(symbols, resolution, min(start or now_us for start in newest.values())):
            if bar.symbol in newest and bar.window_start > newest[bar.symbol]:  # else a repeat, or a revision of what was told
                newest[bar.symbol] = bar.window_start
                meaning = replays[bar.symbol].add(bar)
                yield Payload(bar, meaning.signals, meaning.regime)

    def _source(self, vendor: str) -> BarSource:
        if vendor not in self._sources:
            raise ConfigurationError(f"vendor: expected one of {', '.join(sorted(self._sources))}, found {vendor}")
        return self._sources[vendor]


def _resolution(interval: str) -> Resolution:
    if interval not in INTERVALS:
        raise ConfigurationError(f"interval: expected one of {', '.join(INTERVALS)}, found {interval}")
    return INTERVALS[interval]


def _in_order(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Return one bar a window, the newest revision, oldest window first."""
    newest = {bar.window_start: bar for bar in sorted(bars, key=lambda bar: bar.revision)}
    return tuple(newest[start] for start in sorted(newest))
