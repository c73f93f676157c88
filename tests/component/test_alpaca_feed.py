"""Alpaca as the authority of the tape on a real broker, with Polygon and crypto beside it: every print once, through kills."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.clock import to_microseconds
from infra.kafka.codecs import CodecSet
from infra.local.ports import free_ports
from infra.settings import Settings
from infra.vendorsim.market_events import TapeTrade
from schemas.instruments import is_crypto_pair
from schemas.records import FeedHeartbeat, FeedState
from tests.support.feed_world import DAY_START, FEED_TOPICS, FeedWorld, assert_ticks_complete, empty_topics
from tests.support.kafka_world import wait_until

SYMBOLS = ("ACRX", "BNGO", "SPY", "NVDA")
KEY = "secret-of-this-test"


@dataclass(slots=False)
class BrokerWorld(FeedWorld):
    """Three feeds of one market; the watermark is Alpaca's."""

    def start_feeds(self) -> None:
        self.start("feeds", "run", "feed.alpaca", "feed.alpaca_crypto", "feed.polygon", "ticks")

    def newest_heartbeat(self) -> FeedHeartbeat | None:
        return next((one for one in reversed(self.records("ops.heartbeats")) if one.feed == "feed.alpaca"), None)


@pytest.fixture
def world(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> Iterator[BrokerWorld]:
    empty_topics(kafka_settings, FEED_TOPICS)
    (port,) = free_ports(1)
    vendor = f"127.0.0.1:{port}"
    settings = kafka_settings.model_validate(kafka_settings.model_dump() | {
        "clock": {"kind": "scaled", "start_us": to_microseconds(DAY_START), "origin_us": time.time_ns() // 1_000, "speed": 20},
        "simulator": {"port": port, "state_folder": tmp_path / "discord"},
        "tape": {"stocks": "alpaca"},
        "ticks": {"feeds": ("feed.alpaca",)},
        "alpaca": {
            "stock_stream_url": f"ws://{vendor}/alpaca/stream/v2", "crypto_stream_url": f"ws://{vendor}/alpaca/stream/v1beta3/crypto/us",
            "rest_url": f"http://{vendor}/alpaca", "symbols": SYMBOLS, "silence_seconds": 2.0,
            "api_key": "id", "api_secret": KEY,  # pragma: allowlist secret
            "backoff_cap_seconds": 1.0, "first_start_minutes": 2, "requests_per_second": 100,
        },
        "polygon": {
            "delayed_websocket_url": "", "websocket_url": f"ws://{vendor}/polygon/stocks", "rest_url": f"http://{vendor}/polygon",
            "api_key": "simulated",  # pragma: allowlist secret
            "symbols": SYMBOLS, "first_start_minutes": 2,
        },
    })  # fmt: skip
    world = BrokerWorld(settings, codecs, tmp_path)
    world.start_simulator()
    yield world
    for name in list(world.processes):
        world.kill(name)


def test_two_vendors_and_two_kills_leave_every_print_once(world: BrokerWorld) -> None:
    """ING-06, ING-10, ING-11: the prints of the tape from Alpaca alone, crypto beside them, and ticks that follow."""
    world.start_feeds()
    world.run_for(30)
    wait_until(lambda: any(bar.source == "polygon" for bar in world.records("market.bars")), "bars of the vendor beside it")
    world.kill("feeds")
    world.start_feeds()
    world.run_for(20)
    world.kill("vendorsim")
    world.start_simulator()
    world.run_for(30)
    world.stop("feeds")

    heartbeats = [one for one in world.records("ops.heartbeats") if one.feed == "feed.alpaca"]
    start_us, end_us = heartbeats[0].ts_event, heartbeats[-1].ts_event
    assert heartbeats[-1].state is FeedState.LIVE
    trades = world.records("market.trades")
    assert {trade.source for trade in trades} == {"alpaca"}
    found = Counter(
        (trade.symbol, trade.trade_id, trade.price, trade.size) for trade in trades
        if not is_crypto_pair(trade.symbol) and start_us + 1_000 <= trade.ts_event < end_us
    )  # fmt: skip
    happened = Counter(
        (event.symbol, event.trade_id, event.price, float(event.size))
        for symbol in SYMBOLS for event in world.scenario.symbol_events(symbol, start_us // 1_000 + 1, end_us // 1_000)
        if isinstance(event, TapeTrade)
    )  # fmt: skip
    assert len(happened) > 100 and not happened - found
    coins = Counter((trade.symbol, trade.sequence) for trade in trades if is_crypto_pair(trade.symbol))
    assert {symbol for symbol, _ in coins} == {"BTC-USD", "ETH-USD", "ADA-USD"} and set(coins.values()) == {1}
    assert set(Counter((trade.symbol, trade.sequence) for trade in trades).values()) == {1}
    assert any(trade.backfilled for trade in trades)
    assert {quote.source for quote in world.records("market.quotes")} == {"alpaca"}
    assert {bar.source for bar in world.records("market.bars")} == {"alpaca", "polygon"}
    assert_ticks_complete(world)
    assert KEY.encode() not in b"".join(payload.body for payload in world.records("raw.payloads")) and KEY not in world.log("feeds")
