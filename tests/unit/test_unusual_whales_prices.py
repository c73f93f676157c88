"""Prices of stocks in REST answers as records: prints off exchange, price levels and candles."""

from __future__ import annotations

import pytest

from producers.source import Refused
from schemas.records import Bar, DarkpoolPrint, PriceLevel, Resolution
from tests.support.uw_answers import one, parse, records, refusal, row


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
