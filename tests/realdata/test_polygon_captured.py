"""The vendor's own examples through the real parsers, and the captured tapes as the simulator plays them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.files.tape import read_tape
from infra.plugins import load_all
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.market_events import TapeTrade
from infra.vendorsim.polygon_wire import bar_entry, frame_entry, quote_row, snapshot, trade_row
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tape_source import TapeSource
from producers.polygon import backfill, gappers
from producers.polygon.feed import parse_answer
from producers.polygon.parse import parse_frame
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps

DATA = Path(__file__).parents[3] / "shared" / "data"
POLYGON = DATA / "polygon"
STAMPS = Stamps(2**52, 2**52, 2**52)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real data are not on this machine: no folder {DATA}"),
]


def load(path: str) -> Any:
    return orjson.loads((POLYGON / path).read_bytes())


@pytest.mark.parametrize(
    ("kind", "topic"),
    [("T", "market.trades"), ("Q", "market.quotes"), ("A", "market.bars"), ("AM", "market.bars"), ("LULD", "market.price-bands")],
)
def test_websocket_examples_parse(kind: str, topic: str) -> None:
    (item,) = parse_frame(orjson.dumps([load(f"ws_examples/stocks_{kind}.json")]), STAMPS)
    assert isinstance(item, Parsed) and item.topic == topic


def test_a_channel_we_do_not_know_is_refused_by_name() -> None:
    (item,) = parse_frame(orjson.dumps([load("ws_examples/stocks_NOI.json")]), STAMPS)
    assert isinstance(item, Refused) and item.error.field_path == "[0].ev"


@pytest.mark.parametrize(
    ("endpoint", "file", "records"),
    [
        (backfill.TRADES, "examples/v3_trades__stockTicker_.json", 2),
        (backfill.TRADES, "test_rest/mocks/v3/trades/AAPL&limit=2.json", 2),
        (backfill.QUOTES, "examples/v3_quotes__stockTicker_.json", 2),
        (backfill.BARS, "examples/v2_aggs_ticker__stocksTicker__range__multiplier___timespan___from___to_.json", 2),
        (gappers.ENDPOINT, "examples/v2_snapshot_locale_us_markets_stocks__direction_.json", 1),
    ],
)
def test_rest_examples_parse(endpoint: str, file: str, records: int) -> None:
    """ING-01, ING-02: every row of the vendor's examples becomes one record."""
    items = parse_answer(Payload(endpoint, (POLYGON / file).read_bytes(), 0, {"ticker": "AAPL"}), STAMPS)
    assert len(items) == records and all(isinstance(item, Parsed) for item in items), items


@pytest.mark.parametrize(
    ("name", "file", "records", "parameters"),
    [
        ("option_chain", "test_rest/mocks/v3/snapshot/options/AAPL.json", 1, {}),
        ("aggregates", "examples/v2_aggs_ticker__optionsTicker__range__multiplier___timespan___from___to_.json", 2, {"timespan": "day"}),
        ("aggregates", "examples/v2_aggs_ticker__stocksTicker__range__multiplier___timespan___from___to_.json", 2, {"timespan": "minute"}),
        ("grouped_daily", "examples/v2_aggs_grouped_locale_us_market_stocks__date_.json", 3, {"date": "2020-10-14"}),
        ("splits", "examples/v3_reference_splits.json", 2, {}),
        ("dividends", "examples/v3_reference_dividends.json", 2, {}),
        ("snapshot", "examples/v2_snapshot_locale_us_markets_stocks_tickers__stocksTicker_.json", 1, {}),
        ("movers", "examples/v2_snapshot_locale_us_markets_stocks__direction_.json", 1, {}),
        ("conditions", "test_rest/mocks/v3/reference/conditions&asset_class=stocks.json", 0, {}),  # ten rules, all as in our table
        ("conditions", "examples/v3_reference_conditions.json", 0, {}),
    ],
)
def test_catalogue_examples_parse(name: str, file: str, records: int, parameters: dict[str, str]) -> None:
    """ING-02, ING-03: every row of the vendor's examples becomes one record, and its rules are those we apply."""
    load_all("producers")
    payload = Payload("/x", (POLYGON / file).read_bytes(), STAMPS.received_us, {"ticker": "AAPL", "multiplier": "1"} | parameters)
    items = transforms()[f"polygon_{name}"](payload, STAMPS, {})
    assert len(items) == records and all(isinstance(item, Parsed) for item in items), items


def test_the_specification_s_own_bad_symbol_is_refused() -> None:
    """Its example of a chain has nine digits of strike, and another expiry than the row says."""
    body = (POLYGON / "examples/v3_snapshot_options__underlyingAsset_.json").read_bytes()
    load_all("producers")
    (item,) = transforms()["polygon_option_chain"](Payload("/x", body, STAMPS.received_us, {"ticker": "AAPL"}), STAMPS, {})
    assert isinstance(item, Refused) and item.error.field_path == "results[0].details.ticker"


def test_the_simulator_sends_the_fields_of_the_vendor() -> None:
    """Keys and JSON types of every simulated message occur in the vendor's own example of it."""
    scenario = Scenario(date(2025, 6, 3))
    start = scenario.span_ms[0]
    events = scenario.symbol_events("ACRX", start, start + 60_000)
    trade = next(e for e in events if isinstance(e, TapeTrade))
    quote: Any = next(e for e in events if not isinstance(e, TapeTrade))
    bar = BarBook(scenario).bar("ACRX", start)
    assert bar is not None
    ticker = load("examples/v2_snapshot_locale_us_markets_stocks__direction_.json")["tickers"][0]
    pairs = [
        (frame_entry(trade), load("ws_examples/stocks_T.json")), (frame_entry(quote), load("ws_examples/stocks_Q.json")),
        (bar_entry("AM", "ACRX", bar, 60_000, (1, 1.0, 1.0)), load("ws_examples/stocks_AM.json")),
        (trade_row(trade), load("examples/v3_trades__stockTicker_.json")["results"][0]),
        (quote_row(quote), load("examples/v3_quotes__stockTicker_.json")["results"][0]),
        (snapshot("ACRX", [bar], trade, quote, 1.0), ticker),
        (snapshot("ACRX", [bar], trade, quote, 1.0)["day"], ticker["day"]), (snapshot("ACRX", [bar], trade, quote, 1.0)["min"], ticker["min"]),
    ]  # fmt: skip
    for made, example in pairs:
        plain = orjson.loads(orjson.dumps(made))
        assert set(plain) <= set(example), set(plain) - set(example)
        for key, value in plain.items():
            same = type(value) is type(example[key]) or {type(value), type(example[key])} <= {int, float}
            assert same, (key, value, example[key])


@pytest.mark.parametrize(
    ("path", "symbol", "count"),
    [
        ("smallcap_ticks_2020/BCRX_2020-04-15_dib.parquet", "BCRX", 25_455),
        ("lean/tick/ibm/20131007_trade.zip", "IBM", 24_293),
        ("lean/tick/ibm/20131009_trade.zip", "IBM", None),
    ],
)
def test_tapes_are_read_whole_and_in_order(path: str, symbol: str, count: int | None) -> None:
    trades = list(read_tape(DATA / "bars" / path))
    assert count is None or len(trades) == count
    assert {trade.symbol for trade in trades} == {symbol}
    assert all(one.ts_ms <= two.ts_ms and one.sequence < two.sequence for one, two in pairwise(trades))
    assert all(trade.price > 0 and trade.size > 0 for trade in trades)
    source = TapeSource(DATA / "bars" / path)
    first, last = source.span_ms
    assert list(source.events_between(first, last)) == trades
    middle = trades[len(trades) // 2].ts_ms
    assert [*source.symbol_events(symbol, first, middle), *source.symbol_events(symbol, middle, last)] == trades


def test_bcrx_volume_is_kept_aggregates_included() -> None:
    """Rows that stand for many prints stay one print of their whole volume, at their close and end."""
    import pyarrow.parquet

    path = DATA / "bars/smallcap_ticks_2020/BCRX_2020-04-15_dib.parquet"
    trades = list(read_tape(path))
    table = pyarrow.parquet.read_table(path)
    assert sum(trade.size for trade in trades) == sum(table["volume"].to_pylist())
    assert (trades[-1].size, trades[-1].price) == (1_261_621, 2.71)


def test_ibkr_windows_that_overlap_give_each_print_once() -> None:
    """Each request window counts for its own minute; the ticks of a slow minute reach into the next."""
    trades = list(read_tape(DATA / "bars/ib_2025_10/ticks/GME_20251015.csv.gz"))
    assert trades and all(one.ts_ms <= two.ts_ms for one, two in pairwise(trades))
    assert [trade.sequence for trade in trades] == list(range(1, len(trades) + 1))
    # The first minute has 1,002 rows that reach into its sixth minute: only its own sixty seconds may count.
    begin = trades[0].ts_ms
    first_minute = [trade for trade in trades if trade.ts_ms < begin + 60_000]
    assert 0 < len(first_minute) < 1_002
