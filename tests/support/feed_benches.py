"""The vendors of the product on the conformance suite's bench."""

from __future__ import annotations

from typing import Any

from infra.local.ports import free_ports
from infra.settings import Settings, SimulatorSettings, StackSettings, TapeSettings
from infra.vendor_settings import AlpacaSettings, IbkrSettings, PolygonSettings, TradierSettings, UnusualWhalesSettings
from infra.vendorsim.crypto_market import CryptoMarket, CryptoTrade
from infra.vendorsim.market_events import TapeQuote, TapeTrade
from tests.support.feed_bench import RIGHT_KEY, SCENARIO, Bench, Identity, simulator

SYMBOLS = ("ACRX", "SPY")
_SILENCE, _BACKOFF, _QUIET = 0.4, 0.05, 0.1
_TWS_PORT = free_ports(1)[0]
_COINS = CryptoMarket(7)


def _polygon(port: int, key: str) -> Settings:
    return Settings(polygon=PolygonSettings.model_validate({
        "websocket_url": f"ws://127.0.0.1:{port}/polygon/stocks", "delayed_websocket_url": "",
        "rest_url": f"http://127.0.0.1:{port}/polygon", "api_key": key, "symbols": SYMBOLS,
        "silence_seconds": _SILENCE, "backoff_cap_seconds": _BACKOFF, "quiet_seconds": _QUIET,
        "requests_per_second": 10_000, "gapper_interval_seconds": 3_600,
    }))  # fmt: skip


def _alpaca(port: int, key: str) -> Settings:
    told = {
        "stock_stream_url": f"ws://127.0.0.1:{port}/alpaca/stream/v2", "rest_url": f"http://127.0.0.1:{port}/alpaca",
        "crypto_stream_url": f"ws://127.0.0.1:{port}/alpaca/stream/v1beta3/crypto/us",
        "api_key": "id-of-the-key", "api_secret": key,  # pragma: allowlist secret
        "symbols": SYMBOLS, "silence_seconds": _SILENCE, "backoff_cap_seconds": _BACKOFF, "quiet_seconds": _QUIET,
        "requests_per_second": 10_000,
    }  # fmt: skip
    return Settings(alpaca=AlpacaSettings.model_validate(told), tape=TapeSettings(stocks="alpaca"))


def _tradier(port: int, key: str) -> Settings:
    told = {
        "environment": "prod", "rest_url": f"http://127.0.0.1:{port}/tradier", "access_token": key, "symbols": SYMBOLS,
        "websocket_url": f"ws://127.0.0.1:{port}/tradier/ws/v1/markets/events", "silence_seconds": _SILENCE,
        "backoff_cap_seconds": _BACKOFF, "requests_per_second": 10_000,
    }  # fmt: skip
    return Settings(tradier=TradierSettings.model_validate(told), tape=TapeSettings(stocks="tradier"))


def _tradier_sandbox(port: int, key: str) -> Settings:
    told = {
        "rest_url": f"http://127.0.0.1:{port}/tradier-sandbox", "access_token": key, "symbols": SYMBOLS, "poll_seconds": 2.0,
        "backoff_cap_seconds": _BACKOFF, "requests_per_second": 10_000,
    }  # fmt: skip
    tape, stack = TapeSettings(stocks="tradier"), StackSettings(mode="delayed")
    return Settings(tradier=TradierSettings.model_validate(told), tape=tape, stack=stack)


def _unusual_whales(port: int, key: str) -> Settings:
    told = {
        "websocket_url": f"ws://127.0.0.1:{port}/uw/socket", "rest_url": f"http://127.0.0.1:{port}/uw", "api_key": key,
        "channels": ("option_trades:SPY", "price:SPY"), "silence_seconds": _SILENCE, "backoff_cap_seconds": _BACKOFF,
    }  # fmt: skip
    return Settings(unusual_whales=UnusualWhalesSettings.model_validate(told))


def _ibkr(port: int, key: str) -> Settings:
    told = {
        "host": "127.0.0.1", "port": _TWS_PORT, "symbols": SYMBOLS, "quotes": SYMBOLS[1:], "silence_seconds": _SILENCE, "probe_seconds": 0.1,
        "connect_seconds": 2.0, "backoff_cap_seconds": _BACKOFF,
    }  # fmt: skip
    return Settings(ibkr=IbkrSettings.model_validate(told))


def numbered(topic: str, record: Any) -> Identity:
    """Identify a print or quote by the vendor's sequence."""
    return topic, record.symbol, record.sequence


def _at_price(topic: str, record: Any) -> Identity:
    """Identify a print by its id and price, a quote by its moment and prices: for vendors that number neither as we do."""
    if topic == "market.trades":
        return topic, record.symbol, record.trade_id, record.price, record.size
    return topic, record.symbol, record.ts_event // 1_000, record.bid_price, record.ask_price, record.bid_size, record.ask_size


def _tape(start_ms: int, end_ms: int) -> set[Identity]:
    return {
        ("market.trades" if isinstance(event, TapeTrade) else "market.quotes", event.symbol, event.sequence)
        for symbol in SYMBOLS for event in SCENARIO.symbol_events(symbol, start_ms, end_ms)
    }  # fmt: skip


def _tape_at_price(start_ms: int, end_ms: int) -> set[Identity]:
    found: set[Identity] = set()
    for symbol in SYMBOLS:
        for event in SCENARIO.symbol_events(symbol, start_ms, end_ms):
            if isinstance(event, TapeQuote):
                sizes = event.bid_lots * 100.0, event.ask_lots * 100.0
                found.add(("market.quotes", symbol, event.ts_ms, event.bid_price, event.ask_price, *sizes))
            else:
                found.add(("market.trades", symbol, event.trade_id, event.price, float(event.size)))
    return found


def _coins(start_ms: int, end_ms: int) -> set[Identity]:
    found: set[Identity] = set()
    for pair in ("BTC/USD", "ETH/USD", "ADA/USD"):
        symbol = pair.replace("/", "-")
        for event in _COINS.events(pair, start_ms, end_ms):
            if isinstance(event, CryptoTrade):
                found.add(("market.trades", symbol, str(event.trade_id), event.price, event.size))
            else:
                found.add((
                    "market.quotes", symbol, event.ts_ns // 1_000_000, event.bid_price, event.ask_price, event.bid_size, event.ask_size
                ))  # fmt: skip
    return found


_KEYED = {"api_key": RIGHT_KEY}
_BAD = {"fault": "bad", "kind": "negative", "symbol": "ACRX"}
_TRADIER_DOOR = simulator(tradier={"access_token": RIGHT_KEY})
_ALPACA_DOOR = simulator(alpaca={"api_key": "id-of-the-key", "api_secret": RIGHT_KEY})

BENCHES = (
    Bench("feed.polygon", _polygon, simulator(polygon=_KEYED), "/polygon/faults", (_BAD, "[0].p"), numbered, _tape),
    Bench("feed.alpaca", _alpaca, _ALPACA_DOOR, "/alpaca/faults", (_BAD, "[0].p"), _at_price, _tape_at_price),
    Bench("feed.alpaca_crypto", _alpaca, _ALPACA_DOOR, "/alpaca/faults", (_BAD | {"symbol": "BTC/USD"}, "[0].p"), _at_price, _coins),
    # The vendor has no history of prints: what a broken connection missed is gone.
    Bench("feed.tradier", _tradier, _TRADIER_DOOR, "/tradier/faults", (_BAD, ".last"), numbered, None),
    Bench(
        "feed.tradier", _tradier_sandbox, _TRADIER_DOOR, "/tradier/faults", None, numbered, None, name="feed.tradier (sandbox)"
    ),
    # Millions of trades a day do not fit into the REST budget.
    Bench(
        "feed.unusual_whales_stream", _unusual_whales, simulator(unusual_whales=_KEYED), "/uw/faults",
        ({"fault": "frame", "frame": '["periscopes",{"x":1}]'}, "[0]"), lambda topic, record: (topic, record.trade_id), None,
    ),
    # TWS asks for no key, speaks no JSON, and has no history of books, quotes and accounts.
    *(
        Bench(
            feed, _ibkr, Settings(simulator=SimulatorSettings(tws_port=_TWS_PORT)), "/tws/faults", None, identity, None, refuses=False,
            frozen={"fault": "half_open"},
        )
        for feed, identity in (
            ("feed.ibkr", lambda topic, record: (topic, record.symbol, record.generation, record.sequence)),
            ("feed.ibkr_quotes", lambda topic, record: (topic, record.symbol, record.sequence)),
            ("feed.ibkr_account", lambda topic, record: (topic, record.account, record.sequence)),
        )
    ),
)  # fmt: skip
