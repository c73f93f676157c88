"""The market view: everything known about a symbol at a tick, for decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite, isnan

from infra.market_calendar import session_bounds, trading_day
from processors.calc.aggregate import Aggregate
from processors.calc.indicators import change_bps
from processors.calc.windows import SECOND_US
from processors.folds.day import session_of, session_vwap
from processors.folds.quotes import QuoteRow
from processors.trust import flags_of
from schemas.records import Bar, Box, DayTotals, Features, MacroWindow, MarketView, Resolution, Session

_MINUTE_US = 60 * SECOND_US


def build_view(
    *,
    symbol: str,
    tick_us: int,
    seconds: Sequence[Aggregate],
    last_price: float | None,
    last_trade_end: int,
    quote: QuoteRow | None,
    quote_fresh_seconds: float,
    day: DayTotals | None,
    features: Mapping[Resolution, Features | None],
    boxes: Mapping[Resolution, Box | None],
    closed_bars: Sequence[Bar],
    revised: bool,
    unfit: Mapping[str, str],
    macro: MacroWindow | None,
    by_bars: bool = False,
) -> MarketView:
    """Return the view at a tick.

    Parameters
    ----------
    seconds
        Seconds with trades that closed since the previous view.
    quote
        Newest quote before the tick; shown only if it is not older than ``quote_fresh_seconds``.
    closed_bars
        Bars of one minute and longer that closed since the previous view.
    revised
        Whether a late trade changed bars since the previous view.
    unfit
        Topic -> why it is not to be trusted, as the tick says; bad quotes count as missing.
    macro
        The window around an economic event that holds at the tick, as it says.
    by_bars
        Whether the newest that is known of trades came in a vendor's bar; the age of the last trade is then that of the bar's end.
    """
    age = None if quote is None else (tick_us - quote.ts_event) / SECOND_US
    fresh = quote if age is not None and age <= quote_fresh_seconds and "market.quotes" not in unfit else None
    vwap = session_vwap(day)
    minute = features.get(Resolution.M1)
    flags = []
    if quote is None:
        flags.append("no_quote")
    elif age is not None and age > quote_fresh_seconds:
        flags.append("stale_quote")
    if minute is None or minute.atr_wilder_14 is None:
        flags.append("warming_up")
    if revised:
        flags.append("late_data")
    if by_bars:
        flags.append("vendor_bars")
    flags += flags_of(unfit)
    return MarketView(
        symbol=symbol,
        ts_event=tick_us,
        session=session_of(tick_us),
        minutes_since_open=minutes_since_open(tick_us),
        last_price=last_price,
        last_trade_age_seconds=(tick_us - last_trade_end) / SECOND_US if last_trade_end else None,
        interval_high=_finite(max((item.high for item in seconds), default=None)),
        interval_low=_finite(min((item.low for item in seconds), default=None)),
        interval_volume=sum((item.volume for item in seconds), 0.0),
        bid_price=_known(fresh and fresh.bid_price),
        bid_size=_known(fresh and fresh.bid_size),
        ask_price=_known(fresh and fresh.ask_price),
        ask_size=_known(fresh and fresh.ask_size),
        quote_age_seconds=age,
        spread_bps=fresh.spread_bps if fresh else None,
        day_open=day.regular_open if day else None,
        day_high=day.high if day else None,
        day_low=day.low if day else None,
        day_volume=day.volume if day else 0.0,
        session_vwap=vwap,
        vwap_distance_bps=change_bps(last_price, vwap) if last_price is not None and vwap else None,
        features_1m=minute,
        features_2m=features.get(Resolution.M2),
        features_5m=features.get(Resolution.M5),
        features_15m=features.get(Resolution.M15),
        box_1m=boxes.get(Resolution.M1),
        box_2m=boxes.get(Resolution.M2),
        closed_bars=tuple(closed_bars),
        flags=tuple(flags),
        macro=macro,
    )


def minutes_since_open(moment_us: int) -> float | None:
    """Return minutes since the regular open, or None outside the regular session."""
    if session_of(moment_us) is not Session.REGULAR:
        return None
    return (moment_us - _regular_open(moment_us // _MINUTE_US)) / _MINUTE_US


@lru_cache(maxsize=4096)
def _regular_open(minute: int) -> int:
    bounds = session_bounds(trading_day(minute * _MINUTE_US))
    assert bounds is not None, "a regular session has bounds"
    return bounds.regular_open_us


def _known(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value


def _finite(value: float | None) -> float | None:
    """Return None for the extreme of no price at all."""
    return None if value is None or not isfinite(value) else value
