"""Frames of the WebSocket as canonical records: each channel, joins, and what is neither."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from producers.source import Parsed, Refused
from producers.unusual_whales.models.websocket import MESSAGES
from producers.unusual_whales.parse_frame import TOPICS, Joined, parse_frame
from schemas import golden_examples
from schemas.catalog import topic
from schemas.records import ExposureBasis, ExposureScope, ExposureUnit, FlowAlert, Headline, Licence, NetPremium, OptionTrade, TradeSide
from tests.support.unusual_whales import STAMPS, sample

TRADE = {
    "id": "5c9e0b1a-96e8-4d41-9fae-406c915fbe88", "underlying_symbol": "XYZ", "executed_at": 1747405800250, "nbbo_bid": "1.20",
    "nbbo_ask": "1.30", "size": 4, "price": "1.25", "option_symbol": "XYZ250516C00120000", "created_at": 1747405800300, "report_flags": [],
    "tags": ["bid_side", "bearish"], "expiry": "2025-05-16", "option_type": "call", "open_interest": 12500, "strike": "120.0000000000",
    "premium": "500.00", "volume": 9718, "underlying_price": "118.75", "ewma_nbbo_ask": "1.30", "ewma_nbbo_bid": "1.20",
    "implied_volatility": "0.3125", "delta": "0.4375", "theta": "-0.125", "gamma": "0.03125", "vega": "0.0625", "rho": "0.015625", "theo": "1.25",
    "trade_code": "auto", "exchange": "EDGO", "ask_vol": 5120, "bid_vol": 3984, "no_side_vol": 3, "mid_vol": 611, "multi_vol": 902,
    "stock_multi_vol": 1,
}  # fmt: skip


def parse(channel: str, message: Any) -> list[Any]:
    return list(parse_frame(orjson.dumps([channel, message]), STAMPS))


def records(channel: str, **values: Any) -> list[Any]:
    found = parse(channel, {**sample(MESSAGES[channel.partition(":")[0]]), **values})
    assert all(isinstance(item, Parsed) for item in found), found
    return [item.record for item in found]


def test_a_trade_equals_its_golden_record() -> None:
    """SCH-17: the canonical form of a frame, field by field."""
    (item,) = parse("option_trades:XYZ", TRADE)
    assert isinstance(item, Parsed) and item.topic == "options.trades"
    golden = golden_examples.load(topic("options.trades"))["typical"].as_avro()
    own = item.record.as_avro()
    for stamp in ("ts_received", "ts_published"):
        assert own.pop(stamp) == getattr(STAMPS, stamp.removeprefix("ts_") + "_us")
        golden.pop(stamp)
    assert own == golden


def test_a_join_is_no_row() -> None:
    """A naive reader makes a row of nulls of it."""
    assert parse("gex:XYZ", {"response": {}, "status": "ok"}) == [Joined("gex:XYZ", True)]
    (refused,) = parse("gex:XYZ", {"response": {"reason": "unauthorized"}, "status": "error"})
    assert isinstance(refused, Joined) and not refused.ok and "unauthorized" in refused.detail


@pytest.mark.parametrize(
    ("channel", "scope", "bases"),
    [
        ("gex", ExposureScope.TOTAL, {ExposureBasis.OPEN_INTEREST, ExposureBasis.VOLUME, ExposureBasis.DIRECTIONAL_VOLUME}),
        ("gex_strike:XYZ", ExposureScope.STRIKE, set(ExposureBasis) - {ExposureBasis.DIRECTIONAL_VOLUME}),
        ("gex_strike_expiry", ExposureScope.STRIKE_EXPIRY, set(ExposureBasis) - {ExposureBasis.DIRECTIONAL_VOLUME}),
    ],
)
def test_exposures_by_total_strike_and_expiry(channel: str, scope: ExposureScope, bases: set[ExposureBasis]) -> None:
    """ING-26: three channels, three kinds of record, all in US dollars per 1 %."""
    found = records(channel)
    assert {record.basis for record in found} == bases
    assert {(record.scope, record.unit, record.symbol) for record in found} == {(scope, ExposureUnit.USD_PER_PERCENT, "XYZ")}
    assert {record.strike is None for record in found} == {scope is ExposureScope.TOTAL}
    assert {record.expiry is None for record in found} == {scope is not ExposureScope.STRIKE_EXPIRY}


def test_a_blank_exposure_is_null_not_zero() -> None:
    (own,) = (
        r for r in records("gex", delta_per_one_percent_move_oi="", gamma_per_one_percent_move_oi="0") if r.basis is ExposureBasis.OPEN_INTEREST
    )
    assert own.net_delta is None and own.net_gamma == 0.0


def test_a_flow_alert() -> None:
    """ING-23"""
    record = records(
        "flow-alerts",
        start_time=1_750_431_600_000,
        end_time=1_750_431_600_400,
        bid=1.15,
        ask="1.20",
        volume=300,
        open_interest=0,
        total_premium=36000.0,
    )[0]
    assert isinstance(record, FlowAlert)
    assert (record.ts_event, record.ts_first_trade) == (1_750_431_600_400_000, 1_750_431_600_000_000)
    assert (record.bid, record.ask, record.volume_to_open_interest, record.issue_type) == (1.15, 1.2, None, None)


def test_an_index_has_no_price_in_its_trades() -> None:
    record = records("option_trades", underlying_price="", tags=["no_side", "index"])[0]
    assert isinstance(record, OptionTrade)
    assert (record.underlying_price, record.side, record.sentiment, record.tags) == (None, TradeSide.NONE, None, ("index",))


def test_news_and_halts_and_sums() -> None:
    """ING-24"""
    headline = records("news", timestamp="2025-06-20T15:00:00Z", is_trump_ts=True)[0]
    assert isinstance(headline, Headline) and headline.is_trump_post and headline.is_major is None
    halt = records("trading_halts", reason="", state="halted")[0]
    assert (halt.reason, halt.state) == (None, "halted")
    sums = records("net_flow:XYZ", net_put_prem="-5.5")[0]
    assert isinstance(sums, NetPremium) and sums.cumulative and sums.net_put_premium == -5.5
    tide = records("market_tide", otm_net_volume=7)[0]
    assert (tide.symbol, tide.otm_only, tide.otm_net_volume) == ("MARKET", False, 7)
    (off_exchange,) = records("off_lit_trades", price="10.5", size=200)
    assert (off_exchange.premium, off_exchange.market_center) == (2100.0, None)


def test_the_licence_is_given() -> None:
    """X-09"""
    (item,) = parse_frame(orjson.dumps(["option_trades", TRADE]), STAMPS, Licence.REDISTRIBUTABLE)
    assert isinstance(item, Parsed) and item.record.as_avro()["licence"] == "REDISTRIBUTABLE"


def test_every_topic_of_the_frames_lets_the_stream_write() -> None:
    assert all("feed.unusual_whales_stream" in topic(name).producers for name in TOPICS)


@pytest.mark.parametrize("channel", ["price", "contract_screener", "periscope:SPX", "lit_trades"])
def test_known_channels_without_records_are_checked(channel: str) -> None:
    message = sample(MESSAGES[channel.partition(":")[0]])
    assert parse(channel, message) == []
    message.pop(max(message))
    (refused,) = parse(channel, message)
    assert isinstance(refused, Refused) and refused.topic == "raw.payloads"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"[1,2]", b'["gex"]', b'["gex",{},1]', b'["gex",null]', b'["unheard_of",{}]', b'["gex",' + b"[" * 99_999, b"\xff"]
)
def test_what_is_no_frame_is_refused(body: bytes) -> None:
    (refused,) = parse_frame(body, STAMPS)
    assert isinstance(refused, Refused) and (refused.value or not body)


def test_a_stamp_of_another_unit_or_from_the_future_is_refused() -> None:
    """The incidents wrong unit and clock skew."""
    for stamp in (1_750_431_600, 1_750_431_600_000_000, 1_750_435_260_000):
        (refused,) = parse("option_trades", {**sample(MESSAGES["option_trades"]), "executed_at": stamp})
        assert isinstance(refused, Refused) and refused.error.field_path == "[1].executed_at"
