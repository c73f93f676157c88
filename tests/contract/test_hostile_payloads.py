"""Issue 5 §6.6: whatever comes through a vendor's door is parsed or put aside, never another exception.

Some thousands of mutations of real payloads at each run, always the same; many more with ``HOSTILE_PAYLOADS=100000`` and another
``HOSTILE_SEED``. Real payloads: what the simulators answer, the parsers' own samples, and the vendor's examples and captures where the data
folder is on this machine.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.clock import ManualClock
from infra.plugins import load_all
from infra.settings import Settings
from infra.vendorsim import unusual_whales_rest  # noqa: F401 - registers the endpoints
from infra.vendorsim.market_events import MinuteBar
from infra.vendorsim.polygon_wire import aggregate_row, bar_entry, frame_entry, quote_row, trade_row
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoints
from infra.vendorsim.unusual_whales_market import OptionMarket
from producers.ibkr.client import LIBRARY, Depth, TwsClient
from producers.ibkr.parse import parse_snapshot
from producers.ibkr.snapshot import BookWatch
from producers.polygon import backfill, gappers
from producers.rest_catalog.transforms import transforms
from producers.source import Payload, Stamps, feeds
from producers.unusual_whales.models.endpoints import ENDPOINTS
from schemas.records import DepthMode
from tests.support.broker_frames import broker_frames
from tests.support.hostile import Target, series
from tests.support.rest_samples import ASKED, SAMPLES
from tests.support.unusual_whales import sample

MARKET = OptionMarket(Scenario(date(2026, 11, 20)), 7)
DAY = MARKET.day("SPY")
NOW_US = (DAY.underlying.open_ms + 95 * 60_000) * 1_000
STAMPS = Stamps(NOW_US, NOW_US, NOW_US + 60_000_000)
DATA = Path(__file__).parents[3] / "shared" / "data" / "uw"
COUNT = int(os.environ.get("HOSTILE_PAYLOADS", "6000"))
SEED = int(os.environ.get("HOSTILE_SEED", "5"))
_ROWS = 2
_PLACE = {"ticker": "SPY", "expiry": "2026-11-20", "date": "2026-11-20", "sector": "Technology", "delta": "25", "candle_size": "5m"}


def _short(body: bytes) -> bytes:
    """Return an answer with its first rows only: the mutations shall meet fields, not the tenth thousand of rows."""
    value = orjson.loads(body)
    if isinstance(value, dict):
        value = {key: inner[:_ROWS] if isinstance(inner, list) else inner for key, inner in value.items()}
    return orjson.dumps(value[:_ROWS] if isinstance(value, list) else value)


def rest_targets() -> list[Target]:
    """Every transform, with the simulator's answer, a row of its model, and the vendor's example."""
    found = []
    for name, transform in transforms().items():
        endpoint = ENDPOINTS.get(name.removeprefix("uw_"))
        path = "/toy" if endpoint is None else endpoint.path
        seeds = [*_simulated(path), *_example(path)]
        if endpoint is not None and endpoint.model is not None:
            seeds.append(orjson.dumps({"data": [sample(endpoint.model)], "date": "2026-11-20"}))
        seeds += [SAMPLES[name]] if name in SAMPLES else []
        payload = partial(Payload, path, received_us=NOW_US, parameters=ASKED | _PLACE)
        parse = partial(lambda transform, payload, body: transform(payload(body=body), STAMPS, {}), transform, payload)
        found.append(Target(name, parse, seeds or [b'{"data":["word",{"ticker":"SPY"}]}']))
    return found


def _simulated(path: str) -> list[bytes]:
    endpoint = endpoints().get(path)
    if endpoint is None:
        return []
    values = {"expiry": DAY.chain.expiries[1].isoformat(), "expirations[]": DAY.chain.expiries[1].isoformat(), "delta": "25"}
    place = {**_PLACE, "id": DAY.chain.symbols[DAY.tape.contract[1_000]], "expiry": values["expiry"]}
    query = [(parameter.name, values[parameter.name]) for parameter in endpoint.parameters if parameter.required]
    return [_short(orjson.dumps(endpoint.answer(Asked(MARKET, NOW_US, place, endpoint.read(query)))))]


def _example(path: str) -> list[bytes]:
    file = DATA / "examples" / f"{path.strip('/').replace('/', '_').replace('{', '_').replace('}', '_')}.json"
    return [_short(file.read_bytes())] if file.is_file() else []


def stream_targets() -> list[Target]:
    """Every registered feed's own parser, with frames of each kind."""
    found = []
    for name, spec in feeds().items():
        source = spec.build(Settings(), ManualClock(NOW_US))
        for endpoint, seeds in _FRAMES.get(name, {"": (lambda: [b'{"data":[{"symbol":"SPY","price":1.5,"t":1748957400000}]}'])}).items():
            payload = partial(Payload, endpoint, received_us=NOW_US, parameters={"ticker": "SPY"})
            parse = partial(lambda source, payload, body: source.parse(payload(body=body), STAMPS), source, payload)
            found.append(Target(f"{name} {endpoint}", parse, seeds()))
    return found


def _polygon_events() -> list[Any]:
    scenario = MARKET.source
    start_ms = DAY.underlying.open_ms + 90 * 60_000
    return list(scenario.events_between(start_ms, start_ms + 2_000))[:40]


def _polygon_frames() -> list[bytes]:
    bar = MinuteBar(start_ms=DAY.underlying.open_ms, open=10.0, high=10.5, low=9.9, close=10.2, volume=5_000, notional=51_000.0, trade_count=40)
    bars = [bar_entry(kind, "SPY", bar, 60_000, (9_000, 90_000.0, 10.0)) for kind in ("A", "AM")]
    status = [{"ev": "status", "status": "auth_success", "message": "authenticated"}]
    return [orjson.dumps([frame_entry(event)]) for event in _polygon_events()] + [orjson.dumps(bars), orjson.dumps(status)]


def _polygon_rows(kind: str) -> list[bytes]:
    wanted = kind == "trades"
    rows = [trade_row(event) if wanted else quote_row(event) for event in _polygon_events() if hasattr(event, "price") == wanted]
    return [orjson.dumps({"results": [row], "status": "OK", "next_url": "https://api.polygon.io/v3/x?cursor=1"}) for row in rows[:10]]


def _polygon_bars() -> list[bytes]:
    bar = MinuteBar(start_ms=DAY.underlying.open_ms, open=10.0, high=10.5, low=9.9, close=10.2, volume=5_000, notional=51_000.0, trade_count=40)
    return [orjson.dumps({"ticker": "SPY", "results": [aggregate_row([bar], bar.start_ms)]})]


def _gainers() -> list[bytes]:
    return [b'{"tickers":[{"ticker":"PDS","day":{"v":133963},"lastTrade":{"p":14.2284},"prevDay":{"c":0.73},"updated":1605195848258266000}]}']


def _whales_frames() -> list[bytes]:
    start_ms = DAY.underlying.open_ms + 90 * 60_000
    channels = ("option_trades", "flow-alerts", "gex", "gex_strike", "gex_strike_expiry:SPY", "price", "net_flow:SPY", "news")
    frames = [orjson.dumps([name, entry.payload]) for name in channels for entry in list(said(MARKET, {name}, start_ms, start_ms + 120_000))[:20]]
    captured = [line for file in sorted((DATA / "ws_captured").glob("*_2025-05-16.jsonl")) for line in file.read_bytes().splitlines()]
    return [*frames, *captured, b'["gex:SPY",{"response":{},"status":"ok"}]']


_BOOK = (
    b'{"symbol":"SPY","mode":"LIVE","generation":171,"sequence":9,"ts_event":1748957400000000,"age_ms":12,"bids":[[599.98,300.0,"ISLAND"]],'
    b'"asks":[[599.99,100.0,null]],"updates":[[0,0,1,599.98,300.0,"ISLAND"]]}'
)
_FRAMES: dict[str, dict[str, Any]] = {
    "feed.polygon": {
        "stocks-websocket": _polygon_frames, backfill.TRADES: lambda: _polygon_rows("trades"), backfill.QUOTES: lambda: _polygon_rows("quotes"),
        backfill.BARS: _polygon_bars, gappers.ENDPOINT: _gainers,
    },
    "feed.unusual_whales_stream": {"unusual-whales-websocket": _whales_frames},
    "feed.ibkr": {"tws-depth": lambda: [_BOOK]},
    **broker_frames(MARKET.source, DAY.underlying.open_ms + 90 * 60_000),
}  # fmt: skip


def tws_target() -> Target:
    """Fields of TWS's messages through the library's decoder into a book, and the book through its own parser."""
    client = TwsClient(ManualClock(NOW_US))

    def parse(body: bytes) -> Sequence[Any]:
        fields = [field.decode(errors="replace") for field in body.strip(b'[]"').replace(b'", "', b"\0").replace(b'","', b"\0").split(b"\0")]
        client._client.decoder.interpret(fields)
        watch = BookWatch("SPY", 1, NOW_US, DepthMode.LIVE)
        while client.events:
            event = client.events.popleft()
            if isinstance(event, Depth):
                watch.apply(event.update, NOW_US)
        return parse_snapshot(watch.write(1, NOW_US), STAMPS) if watch.updated_us is not None else ()

    rows = (
        ["12", "1", "7", "0", "0", "1", "599.98", "300"], ["13", "1", "7", "0", "ISLAND", "0", "0", "599.99", "100", "1"],
        ["13", "1", "7", "3", "ARCA", "1", "1", "599.97", "200", "1"], ["12", "1", "7", "9", "2", "0", "0", "0"],
        ["4", "2", "7", "317", "Market depth data has been RESET", ""], ["49", "1", "1748957400"],
    )  # fmt: skip
    return Target("tws decoder", parse, [orjson.dumps(row) for row in rows])


@pytest.fixture(scope="module")
def targets() -> list[Target]:
    load_all("producers")
    return [*rest_targets(), *stream_targets(), tws_target()]


def test_hostile_payloads_are_parsed_or_put_aside(targets: list[Target], capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(LIBRARY).setLevel(logging.CRITICAL)  # it tells of each message that it cannot read
    assert {name for name, spec in feeds().items()} <= {target.name.split()[0] for target in targets}
    for target in targets:
        for seed in target.seeds:
            target.parse(seed)  # what is mutated is real to begin with
    tally = series(targets, COUNT, SEED)
    with capfd.disabled():
        print(f"\n{tally.payloads} hostile payloads over {len(targets)} parsers: {tally.parsed} gave records, {tally.refused} were refused, "
              f"{tally.empty} said nothing, {sum(map(len, tally.crashes.values()))} crashed")  # fmt: skip
    assert "\n".join(f"{len(payloads)} x {error} at {payloads[0][:160]!r}" for error, payloads in sorted(tally.crashes.items())) == ""
    assert tally.payloads == COUNT and min(tally.parsed, tally.refused) > COUNT // 20
