"""Indicators of a symbol at each bar close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from processors.calc.aggregate import Aggregate
from processors.calc.indicators import change_bps, relative, seeded_mean_step, simple_mean, true_range
from processors.calc.packed import Layout
from processors.folds.day import session_vwap
from schemas.records import DayTotals, Features, Resolution

FEATURE_RESOLUTIONS = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15)
ATR_BARS = 14
FAST_BARS = 20
SLOW_BARS = 50
VOLUME_BARS = 20
MEMORY_BARS = VOLUME_BARS + 1  # bars that features look at


class IndicatorRow(NamedTuple):
    """Running means after one bar; below their length they are still being seeded and `features_of` leaves them out."""

    number: int  # bars so far, this one included
    true_range: float  # US dollars; of the first bar high - low
    atr_wilder: float
    ema_fast: float
    ema_slow: float

    @property
    def atr(self) -> float | None:
        """Wilder's average true range, US dollars; None while warming up. The first bar has no previous close, so it has no say."""
        return self.atr_wilder if self.number > ATR_BARS else None


INDICATORS = Layout(IndicatorRow)


def extend(bars: Sequence[Aggregate], rows: Sequence[IndicatorRow], start: int) -> list[IndicatorRow]:
    """Return one row a bar: ``rows`` up to ``start``, computed anew from there on.

    A late trade changes a bar in the middle; computing from it on gives what all bars at once would give.
    """
    result = list(rows[:start])
    for index in range(start, len(bars)):
        bar = bars[index]
        if index == 0:
            result.append(IndicatorRow(1, bar.high - bar.low, 0.0, bar.close, bar.close))
            continue
        before = result[-1]
        number = before.number + 1
        span = true_range(bar.high, bar.low, bars[index - 1].close)
        result.append(
            IndicatorRow(
                number,
                span,
                seeded_mean_step(before.atr_wilder, span, number - 1, ATR_BARS, 1.0 / ATR_BARS),
                seeded_mean_step(before.ema_fast, bar.close, number, FAST_BARS, 2.0 / (FAST_BARS + 1)),
                seeded_mean_step(before.ema_slow, bar.close, number, SLOW_BARS, 2.0 / (SLOW_BARS + 1)),
            )
        )
    return result


def features_of(
    symbol: str,
    resolution: Resolution,
    bars: Sequence[Aggregate],
    rows: Sequence[IndicatorRow],
    day: DayTotals,
    spread_bps: float | None,
    tick_us: int,
) -> Features:
    """Return the features at the close of the newest bar."""
    bar, row = bars[-1], rows[-1]
    vwap = session_vwap(day)
    assert day.high is not None and day.low is not None, "there is a bar, so there was a price"
    return Features(
        symbol=symbol,
        resolution=resolution,
        window_end=bar.end,
        ts_event=tick_us,
        bar_count=row.number,
        close=bar.close,
        atr_wilder_14=row.atr,
        atr_simple_14=simple_mean([item.true_range for item in rows[-ATR_BARS:]], ATR_BARS) if row.number > ATR_BARS else None,
        ema_20=row.ema_fast if row.number >= FAST_BARS else None,
        ema_50=row.ema_slow if row.number >= SLOW_BARS else None,
        momentum_bps=change_bps(bar.close, bars[-2].close) if len(bars) > 1 else None,
        session_vwap=vwap,
        vwap_distance_bps=None if vwap is None else change_bps(bar.close, vwap),
        relative_volume=relative(bar.volume, [item.volume for item in bars[-VOLUME_BARS - 1 : -1]], VOLUME_BARS),
        range_bps=change_bps(bar.high, bar.low),
        spread_bps=spread_bps,
        day_high=day.high,
        day_low=day.low,
    )
