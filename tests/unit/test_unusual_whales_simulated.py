"""What the simulator answers and says goes through the real parsers: records of the right topic, nothing refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from infra.vendorsim import unusual_whales_rest  # noqa: F401 - registers the endpoints
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoints
from infra.vendorsim.unusual_whales_market import OptionMarket
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales import parse_raw_only
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.parse_frame import parse_frame
from schemas.records import FlowAlert, OptionTrade

MARKET = OptionMarket(Scenario(date(2026, 11, 20)), 7)
DAY = MARKET.day("SPY")
NOW_US = (DAY.underlying.open_ms + 95 * 60_000) * 1_000
STAMPS = Stamps(NOW_US, NOW_US, NOW_US)
PATHS = {endpoint.path: name for name, endpoint in ENDPOINTS.items()}


def answered(path: str, **asked: Any) -> list[Parsed | Refused]:
    endpoint = endpoints()[path]
    expiry = DAY.chain.expiries[1].isoformat()
    values = {"expiry": expiry, "expirations[]": expiry, "delta": "25"}
    place = {"ticker": "SPY", "id": DAY.chain.symbols[DAY.tape.contract[1_000]], "expiry": expiry, "candle_size": "5m", "sector": "Technology"}
    query = [(parameter.name, values[parameter.name]) for parameter in endpoint.parameters if parameter.required]
    query += list(asked.items())
    body = orjson.dumps(endpoint.answer(Asked(MARKET, NOW_US, place, endpoint.read(query))))
    assert parse_raw_only.WITH_RECORDS
    payload = Payload(path, body, NOW_US, {**place, **values, "date": MARKET.date.isoformat()})
    return list(transforms()[f"uw_{PATHS[path]}"](payload, STAMPS, {}))


@pytest.mark.parametrize("path", sorted(set(endpoints()) & set(PATHS)))
def test_a_simulated_answer_fits(path: str) -> None:
    refused = [item.error for item in answered(path) if isinstance(item, Refused)]
    assert refused == []


def test_a_chain_with_greeks_fits() -> None:
    found = answered("/api/stock/{ticker}/option-chains", greeks="true")
    assert len(found) == len(DAY.chain) and all(isinstance(item, Parsed) for item in found)


@pytest.mark.parametrize("channel", ["option_trades", "flow-alerts", "news", "gex", "gex_strike", "gex_strike_expiry:SPY", "price", "net_flow:SPY"])
def test_a_simulated_frame_fits(channel: str) -> None:
    start_ms = DAY.underlying.open_ms + 90 * 60_000
    frames = list(said(MARKET, {channel}, start_ms, start_ms + 5 * 60_000))
    found = [item for entry in frames[:500] for item in parse_frame(orjson.dumps([channel, entry.payload]), STAMPS)]
    assert [item for item in found if not isinstance(item, Parsed)] == []
    assert frames or channel == "news"


def test_both_ways_tell_of_the_same_trade() -> None:
    """SCH-17: a trade of the stream and the same over REST are one record, but for what only one of them knows."""
    start_ms = DAY.underlying.open_ms + 60 * 60_000
    streamed: dict[str, OptionTrade] = {}
    for entry in said(MARKET, {"option_trades:SPY"}, start_ms, NOW_US // 1_000):
        (item,) = parse_frame(orjson.dumps(["option_trades:SPY", entry.payload]), STAMPS)
        assert isinstance(item, Parsed) and isinstance(item.record, OptionTrade)
        streamed[item.record.trade_id] = item.record
    polled = [item.record for item in answered("/api/option-contract/{id}/flow") if isinstance(item, Parsed)]
    shared = [record for record in polled if isinstance(record, OptionTrade) and record.trade_id in streamed]
    assert shared
    for record in shared:
        other = streamed[record.trade_id]
        same = ("option_symbol", "price", "size", "premium", "side", "volume", "strike", "expiry", "right")
        assert [getattr(record, name) for name in same] == [getattr(other, name) for name in same]
        assert record.ts_event // 1_000 == other.ts_event // 1_000


def test_both_ways_tell_of_the_same_alert() -> None:
    """FLW-07: one id, though REST sends none and another time, so that an alert counts once."""
    start_ms = DAY.underlying.open_ms
    streamed: dict[str, FlowAlert] = {}
    for entry in said(MARKET, {"flow-alerts"}, start_ms, NOW_US // 1_000):
        (item,) = parse_frame(orjson.dumps(["flow-alerts", entry.payload]), STAMPS)
        assert isinstance(item, Parsed) and isinstance(item.record, FlowAlert)
        assert streamed.setdefault(item.record.alert_id, item.record) is item.record
    polled = [item.record for item in answered("/api/option-trades/flow-alerts", ticker_symbol="SPY") if isinstance(item, Parsed)]
    assert polled
    for record in polled:
        assert isinstance(record, FlowAlert)
        other = streamed[record.alert_id]
        same = ("option_symbol", "price", "total_premium", "trade_count", "rule")
        assert [getattr(record, name) for name in same] == [getattr(other, name) for name in same]
        assert record.vendor_alert_id is None and other.vendor_alert_id is not None
        assert record.ts_event > other.ts_event
