"""Indicators of a symbol at each bar close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from infra.feature_settings import FeatureSettings
from processors.calc.aggregate import Aggregate
from processors.calc.indicators import change_bps, channel, relative, seeded_mean_step, simple_mean, true_range, z_score
from processors.calc.packed import Layout
from processors.folds.day import session_sigma, session_vwap
from schemas.records import DayTotals, Features, Resolution

FEATURE_RESOLUTIONS = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15, Resolution.H1, Resolution.D1)
ATR_BARS = 14
FAST_BARS = 20
SLOW_BARS = 50
VOLUME_BARS = 20


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


def memory_bars(settings: FeatureSettings) -> int:
    """Return how many bars features look at."""
    return max(VOLUME_BARS + 1, settings.channel_bars + 1, settings.z_score_bars)


def extend(bars: Sequence[Aggregate], rows: Sequence[IndicatorRow], start: int) -> list[IndicatorRow]:
    """Return one row a bar: ``rows`` up to ``start``, computed anew from there on.

    A late trade changes a bar in the middle; computing from it on gives what all bars at once would give. Where ``rows`` are fewer, as
    after a version of the code that had none of this resolution, they begin with the first bar that is known.
    """
    result = list(rows[:start])
    for index in range(len(result), len(bars)):
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
    usual_volume: float | None,
    spread_bps: float | None,
    tick_us: int,
    settings: FeatureSettings,
) -> Features:
    """Return the features at the close of the newest bar."""
    bar, row = bars[-1], rows[-1]
    vwap = session_vwap(day)
    before = bars[-settings.channel_bars - 1 : -1]
    edges = channel([item.high for item in before], [item.low for item in before], settings.channel_bars)
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
        vwap_sigma=session_sigma(day),
        donchian_high=edges[0] if edges else None,
        donchian_low=edges[1] if edges else None,
        close_z_score=z_score([item.close for item in bars[-settings.z_score_bars :]], settings.z_score_bars),
        relative_volume_same_time=bar.volume / usual_volume if usual_volume else None,
        day_high_at=day.high_at or None,
        day_low_at=day.low_at or None,
    )
