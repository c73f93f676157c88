"""Signed volume of a symbol from its 1-second bars: volume buckets, intervals of price impact, buys and sells of the day."""

from __future__ import annotations

from math import isnan, nan
from typing import NamedTuple

from infra.market_calendar import session_bounds, trading_day
from infra.microstructure_settings import MicrostructureSettings
from processors.calc.packed import Layout
from processors.calc.running_deviation import Deviation, add_value
from processors.calc.volume_clock import Bucket, bulk_buy_share, pour
from processors.calc.windows import SECOND_US, window_of
from schemas.records import Bar, Resolution

_MINUTE_US = 60 * SECOND_US
_SESSION_MINUTES = 390


class FlowRow(NamedTuple):
    """Running sums; prices in US dollars, volumes in shares, times in microseconds UTC."""

    day_start: int
    open_us: int  # regular session of the day; both 0 on a day without one
    close_us: int
    first_us: int  # first bar of the day
    newest_us: int  # start of the newest bar
    day_volume: float
    bucket_size: float  # 0 while not known
    filled: float
    bought: float
    last_close: float  # NaN before the day's first bar
    weight: float  # of the deviation of price changes
    mean: float
    squares: float
    interval: int
    interval_from: float  # price at its start
    interval_signed: float
    buys: float  # trades of the regular session
    sells: float


class DayTrades(NamedTuple):
    """A day for the estimate of PIN."""

    day_start: int
    buys: float
    sells: float


class Closed(NamedTuple):
    """What a bar closed."""

    buckets: list[float]
    interval: tuple[float, float] | None  # price change, signed volume
    is_new_day: bool


FLOW = Layout(FlowRow)
DAYS = Layout(DayTrades)
NOTHING = FlowRow(0, 0, 0, 0, -1, 0.0, 0.0, 0.0, 0.0, nan, 0.0, 0.0, 0.0, -1, nan, 0.0, 0.0, 0.0)


def add_bar(row: FlowRow, bar: Bar, settings: MicrostructureSettings) -> tuple[FlowRow, Closed]:
    """Take a closed 1-second bar, later than all before it.

    Its volume is classified in bulk, by its price change in deviations of such changes; the night's change is none.
    """
    day_start, _ = window_of(Resolution.D1, bar.window_start)
    is_new_day = day_start != row.day_start
    if is_new_day:
        row = _next_day(row, day_start, bar.window_start, settings)
    change = bar.close - (bar.open if isnan(row.last_close) else row.last_close)
    deviation = add_value(Deviation(row.weight, row.mean, row.squares), change, settings.price_change_half_life_bars)
    share = bulk_buy_share(change, deviation.value)
    interval, closed_interval = bar.window_start // (settings.impact_interval_seconds * SECOND_US), None
    interval_from, signed = row.interval_from, row.interval_signed
    if interval != row.interval:
        if row.interval >= 0:
            closed_interval = row.last_close - interval_from, signed
        interval_from, signed = bar.open if isnan(row.last_close) else row.last_close, 0.0
    trades = bar.trade_count or 0  # vendors may leave it out, our own bars never do
    in_session = row.open_us <= bar.window_start < row.close_us
    size = row.bucket_size
    if not size and bar.window_start >= row.first_us + settings.vpin_first_day_minutes * _MINUTE_US:
        size = row.day_volume / settings.vpin_first_day_minutes * _SESSION_MINUTES / settings.vpin_buckets_a_day
    bucket, buckets = Bucket(row.filled, row.bought), list[float]()
    if size > 0:
        bucket, buckets = pour(bucket, bar.volume, share, size, settings.vpin_buckets)
    return row._replace(
        newest_us=bar.window_start, day_volume=row.day_volume + bar.volume, bucket_size=size, filled=bucket.filled, bought=bucket.bought,
        last_close=bar.close, weight=deviation.weight, mean=deviation.mean, squares=deviation.squares,
        interval=interval, interval_from=interval_from, interval_signed=signed + bar.volume * (2.0 * share - 1.0),
        buys=row.buys + trades * share * in_session, sells=row.sells + trades * (1.0 - share) * in_session,
    ), Closed(buckets, closed_interval, is_new_day)  # fmt: skip


def _next_day(row: FlowRow, day_start: int, first_us: int, settings: MicrostructureSettings) -> FlowRow:
    bounds = session_bounds(trading_day(first_us))
    return NOTHING._replace(
        day_start=day_start, open_us=bounds.regular_open_us if bounds else 0, close_us=bounds.regular_close_us if bounds else 0, first_us=first_us,
        bucket_size=row.day_volume / settings.vpin_buckets_a_day, weight=row.weight, mean=row.mean, squares=row.squares,
    )  # fmt: skip
