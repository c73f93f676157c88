"""Stocks as the vendor sums them up: the session so far, and the screener's rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.market_calendar import trading_day
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import above_zero, day, name, optional_day
from producers.unusual_whales.models.rest_market import ScreenerStocksRow, StockStateRow
from schemas.records import StockScreen, StockState

_SAME = (
    "week_52_high", "week_52_low", "relative_volume", "put_call_ratio", "bullish_premium", "bearish_premium", "implied_move", "volatility", "iv_rank",
)  # fmt: skip
_OF_BOTH = ("volume", "volume_ask_side", "volume_bid_side", "premium", "open_interest")


@endpoint("stock_state", model=StockStateRow, topic="market.stock-states")
def stock_state(row: StockStateRow, answer: Answer) -> Iterator[StockState]:
    """{"close":"56.79","high":"56.79","market_time":"postmarket","prev_close":"55.69","tape_time":"2023-09-07T20:11:00+00:00","total_volume":13774488,...}"""
    moment_us = answer.happened(row.tape_time, "tape_time")
    yield StockState(
        symbol=answer.ticker,
        **answer.at(moment_us),
        session_date=day(trading_day(moment_us), "tape_time"),
        session_part=name(row.market_time, "market_time"),
        open=row.open,
        high=row.high,
        low=row.low,
        close=above_zero(row.close, "close"),
        previous_close=row.prev_close,
        volume=row.volume,
        total_volume=row.total_volume,
    )


@endpoint("screener_stocks", model=ScreenerStocksRow, topic="market.stock-screens")
def stock_screen(row: ScreenerStocksRow, answer: Answer) -> Iterator[StockScreen]:
    """{"ticker":"AAPL","date":"2023-09-06","close":"182.91","call_volume":990943,"iv30d":"0.2038","iv_rank":"13.52","er_time":"unknown",...}"""
    session = row.date or answer.session
    values: dict[str, Any] = {field: getattr(row, field) for field in _SAME}
    for right in ("call", "put"):
        values |= {f"{right}_{field}": getattr(row, f"{right}_{field}") for field in _OF_BOTH}
        values |= {f"{right}_average_volume_{days}_days": getattr(row, f"avg_{days}_day_{right}_volume") for days in (3, 7, 30)}
        values[f"net_{right}_premium"] = getattr(row, f"net_{right}_premium")
        values[f"{right}_open_interest_before"] = getattr(row, f"prev_{right}_oi")
    yield StockScreen(
        symbol=name(row.ticker, "ticker"),
        **answer.at(answer.now_or(session, "date")),
        session_date=day(session, "date"),
        issue_type=row.issue_type or None,
        sector=row.sector or None,
        market_capitalisation=row.marketcap,
        close=row.close,
        previous_close=row.prev_close,
        implied_move_fraction=row.implied_move_perc,
        volatility_30_days=row.iv30d,
        volatility_30_days_session_before=row.iv30d_1d,
        volatility_30_days_week_before=row.iv30d_1w,
        volatility_30_days_month_before=row.iv30d_1m,
        next_earnings_date=optional_day(row.next_earnings_date),
        next_earnings_time=row.er_time or None,
        next_dividend_date=optional_day(row.next_dividend_date),
        **values,
    )
