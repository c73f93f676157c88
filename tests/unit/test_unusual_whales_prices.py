"""Stocks and funds in REST answers as records: prints off exchange, price levels, candles, states, the screener, lending and fund flows."""

from __future__ import annotations

from datetime import date

import pytest

from infra.market_calendar import midnight_us
from producers.source import Refused
from schemas.records import Bar, DarkpoolPrint, FundFlow, PriceLevel, Resolution, ShortAvailability, StockScreen, StockState
from tests.support.unusual_whales import NOW
from tests.support.uw_answers import OPENED, TODAY_DAYS, one, parse, records, refusal, row


def test_prints_off_exchange() -> None:
    body = row(
        "darkpool_recent", tracking_id=71984388012245, price="18.99", size=6400,
        executed_at="2025-06-20T15:00:00Z", sale_cond_codes=None, trade_code=None, ext_hour_sold_codes="extended_hours_trade",
    )  # fmt: skip
    record = one(DarkpoolPrint, records("darkpool_ticker", body))
    assert (record.print_id, record.price, record.size, record.conditions) == ("71984388012245", 18.99, 6400, ("extended_hours_trade",))
    first, second = records("darkpool_recent", {**body, "tracking_id": None}, {**body, "tracking_id": None, "volume": 99})
    assert first.print_id != second.print_id, "twins are told apart by the day's volume"
    assert refusal("darkpool_recent", price="0") == "data[0].price"


def test_percentages_of_a_price_level_sum_to_a_hundred() -> None:
    """UWE-10"""
    record = one(PriceLevel, records("stock_volume_price_levels", row("stock_volume_price_levels", lit_vol=1, off_vol=2)))
    assert record.lit_percent == pytest.approx(100 / 3) and record.lit_percent + record.off_exchange_percent == 100
    empty = one(PriceLevel, records("stock_volume_price_levels", row("stock_volume_price_levels", lit_vol=0, off_vol=0)))
    assert (empty.lit_percent, empty.off_exchange_percent) == (None, None)


def test_candles_are_bars_when_they_are_whole() -> None:
    """A minute that has not ended, and a size that we have no resolution for, make none."""
    whole = row("ohlc_candle_size", open="10", high="12", low="9.5", close="11", start_time="2025-06-20T14:59:00Z", volume=7)
    bar = one(Bar, records("ohlc_candle_size", whole, candle_size="1m"))
    assert (bar.resolution, bar.window_end - bar.window_start, bar.ts_event, bar.volume) == (Resolution.M1, 60_000_000, bar.window_end, 7.0)
    assert (bar.open, bar.high, bar.low, bar.close, bar.source, bar.vwap) == (10.0, 12.0, 9.5, 11.0, "unusual_whales", None)
    growing = whole | {"start_time": "2025-06-20T15:00:30Z"}
    assert records("ohlc_candle_size", growing, candle_size="1m") == records("ohlc_candle_size", whole, candle_size="4h") == []
    (refused,) = parse("ohlc_candle_size", {"data": [whole | {"high": "10.5"}]}, candle_size="1m")
    assert isinstance(refused, Refused) and refused.error.field_path == "data[0].high"


def test_the_state_of_a_stock_is_of_its_last_trade() -> None:
    """ING-21"""
    body = row("stock_state", close="56.79", prev_close="55.69", open=None, market_time="postmarket", tape_time="2025-06-20T00:11:00Z")
    state = one(StockState, records("stock_state", body))
    assert (state.close, state.previous_close, state.open, state.session_part, state.total_volume) == (56.79, 55.69, None, "postmarket", 3)
    assert (state.symbol, state.session_date) == ("XYZ", TODAY_DAYS - 1), "20:11 in New York is the evening before"
    assert refusal("stock_state", close=None) == "data[0].close"
    assert refusal("stock_state", tape_time="2025-06-21T00:00:00Z") == "data[0].tape_time"


def test_a_row_of_the_screener_says_each_number_under_its_name() -> None:
    """ING-21"""
    body = row(
        "screener_stocks", ticker="AAPL", date="2025-06-20", close="182.91", call_volume=990943, put_volume_ask_side=431791, prev_put_oi=3679410,
        avg_7_day_call_volume="679430.0", net_put_premium="-23924325", iv30d="0.2038", iv30d_1m="0.2137", implied_move_perc="0.0122", sector="",
        next_earnings_date="2025-07-31", er_time="afterhours", next_dividend_date=None,
    )  # fmt: skip
    screen = one(StockScreen, records("screener_stocks", body))
    assert (screen.symbol, screen.ts_event, screen.session_date, screen.close, screen.sector) == ("AAPL", NOW, TODAY_DAYS, 182.91, None)
    assert (screen.call_volume, screen.put_volume_ask_side, screen.put_open_interest_before) == (990943, 431791, 3679410)
    assert (screen.call_average_volume_7_days, screen.net_put_premium) == (679430.0, -23924325.0)
    assert (screen.volatility_30_days, screen.volatility_30_days_month_before, screen.implied_move_fraction) == (0.2038, 0.2137, 0.0122)
    assert (screen.next_earnings_date, screen.next_earnings_time, screen.next_dividend_date) == (TODAY_DAYS + 41, "afterhours", None)
    earlier = one(StockScreen, records("screener_stocks", body | {"date": "2025-06-18"}))
    assert earlier.ts_event == midnight_us(date(2025, 6, 18)), "a session that is over is no news of this moment"
    assert refusal("screener_stocks", ticker=" ") == "data[0].ticker"


def test_shares_to_borrow_and_shares_of_funds_created() -> None:
    """ING-21"""
    body = row("shorts_ticker_data", symbol="XYZ", fee_rate="0.42", rebate_rate="-2.75", short_shares_available=0, timestamp="2025-06-20T14:30:00Z")
    lending = one(ShortAvailability, records("shorts_ticker_data", body))
    assert (lending.fee_percent, lending.rebate_percent, lending.shares_available) == (0.42, -2.75, 0)
    flow = one(FundFlow, records("etfs_ticker_in_outflow", row("etfs_ticker_in_outflow", date="2025-06-20", change=-50, change_prem="-12000.0")))
    assert (flow.symbol, flow.ts_event, flow.session_date, flow.shares, flow.value) == ("XYZ", OPENED, TODAY_DAYS, -50, -12000.0)
    assert refusal("etfs_ticker_in_outflow", change=None) == "data[0].change"
    assert refusal("etfs_ticker_in_outflow", date="2025-06-23") == "data[0].date"
