"""Polygon's frames as records: every sample, every misfit named, one bad entry does not spoil the others."""

from __future__ import annotations

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import Permanent
from producers.polygon import parse, parse_rest
from producers.polygon.feed import parse_answer
from producers.polygon.parse import Status, parse_frame
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Bar, Quote, Resolution, Trade

NOW = 1_700_000_000_000_000
STAMPS = Stamps(received_us=NOW, published_us=NOW + 5, latest_event_us=NOW + 60_000_000)
TRADE = {"ev": "T", "sym": "MSFT", "x": 4, "i": "12345", "z": 3, "p": 114.125, "s": 100, "c": [0, 12], "t": 1536036818784, "q": 3681328}
QUOTE = {
    "ev": "Q", "sym": "MSFT", "bx": 4, "bp": 114.125, "bs": 100, "ax": 7, "ap": 114.128, "as": 160, "c": 0, "i": [604],
    "t": 1536036818784, "q": 50385480, "z": 3,
}  # fmt: skip


def one(entry: object) -> Parsed | Status | Refused:
    (item,) = parse_frame(orjson.dumps([entry]), STAMPS)
    return item


def refused(entry: object) -> Refused:
    item = one(entry)
    assert isinstance(item, Refused)
    return item


@pytest.mark.parametrize("parser", [parse._trade, parse._quote, parse._minute_bar, parse._second_bar, parse._status])
def test_the_sample_in_each_parser_parses(parser: object) -> None:
    """DESIGN §6: parse.py shows a sample payload per parser."""
    sample = orjson.loads(parser.__doc__ or "")
    assert not isinstance(one(sample), Refused)


@pytest.mark.parametrize("parser", [parse_rest.trade, parse_rest.quote])
def test_the_sample_in_each_row_parser_parses(parser: object) -> None:
    assert isinstance(parser("AAPL", orjson.loads(parser.__doc__ or ""), STAMPS, "results[0]"), Parsed)  # type: ignore[operator]


def test_trade() -> None:
    item = one(TRADE)
    assert isinstance(item, Parsed)
    assert item.topic == "market.trades"
    assert item.record == Trade(
        symbol="MSFT", ts_event=1536036818784000, ts_received=NOW, ts_published=NOW + 5, source="polygon", trade_id="12345",
        sequence=3681328, price=114.125, size=100.0, exchange=4, conditions=(0, 12), backfilled=False,
    )  # fmt: skip


def test_quote_sizes_are_shares_and_a_missing_side_is_null() -> None:
    """The vendor counts round lots of 100; 0 means there is no such side."""
    both = one(QUOTE)
    assert isinstance(both, Parsed) and isinstance(both.record, Quote)
    assert (both.record.bid_size, both.record.ask_size) == (10_000.0, 16_000.0)
    bid_only = one(QUOTE | {"ap": 0, "as": 0})
    assert isinstance(bid_only, Parsed) and isinstance(bid_only.record, Quote)
    assert (bid_only.record.ask_price, bid_only.record.ask_size) == (None, None)


def test_a_locked_market_is_no_crossed_one() -> None:
    assert isinstance(one(QUOTE | {"ap": 114.125}), Parsed)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"p": -1.0}, "p"), ({"p": 0}, "p"), ({"p": "114.125"}, "p"), ({"p": None}, "p"), ({"p": True}, "p"), ({"s": 0}, "s"),
        ({"s": []}, "s"), ({"sym": ""}, "sym"), ({"sym": 7}, "sym"), ({"i": 12345}, "i"), ({"q": "1"}, "q"), ({"q": -1}, "q"),
        ({"c": [1, "2"]}, "c"), ({"c": "0"}, "c"), ({"x": 1.5}, "x"), ({"t": NOW // 1_000 + 60_001}, "t"), ({"t": 1536036818}, "t"),
        ({"t": 1536036818784.0}, "t"), ({"ev": "ZZ"}, "ev"), ({"ev": None}, "ev"), ({"ev": ["T"]}, "ev"),
    ],
)  # fmt: skip
def test_a_trade_that_does_not_fit_names_its_field(change: dict[str, object], field: str) -> None:
    """Negative price, wrong type, far future, unknown kind; reason says expected and found."""
    item = refused(TRADE | change)
    assert item.error.field_path == f"[0].{field}"
    assert "expected" in str(item.error) and "found" in str(item.error)
    assert orjson.loads(item.value) == [TRADE | change]


def test_a_crossed_quote_is_refused() -> None:
    item = refused(QUOTE | {"ap": 114.12})
    assert (item.topic, item.error.field_path) == ("market.quotes", "[0].ap")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_nan_is_refused_and_its_neighbours_go_on(number: str) -> None:
    """NaN is no JSON, so the whole frame fails a strict reader; the good entries must not be lost with it."""
    good = orjson.dumps(TRADE).decode()
    bad = good.replace("114.125", number)
    items = parse_frame(f"[{good},{bad},{good}]".encode(), STAMPS)
    assert [type(item) for item in items] == [Parsed, Refused, Parsed]
    assert isinstance(items[1], Refused)
    assert items[1].error.field_path == "[1].p"
    assert number.encode() in items[1].value


@pytest.mark.parametrize("frame", [b"", b"[", b"not json", b'{"ev":"T"}', b"7", b"\xff\xfe"])
def test_a_frame_that_is_no_array_is_refused_whole(frame: bytes) -> None:
    (item,) = parse_frame(frame, STAMPS)
    assert isinstance(item, Refused)
    assert (item.topic, item.value) == ("raw.payloads", frame)


@pytest.mark.parametrize("entry", [None, 1, "T", [], [{}]])
def test_an_entry_that_is_no_object_is_refused(entry: object) -> None:
    assert refused(entry).error.field_path == "[0]"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(TRADE)), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(st.one_of(_json, st.builds(lambda key, value: TRADE | {key: value}, st.sampled_from(sorted(TRADE)), _json)), max_size=4))
def test_whatever_comes_each_entry_has_an_answer_and_no_record_is_insane(entries: list[object]) -> None:
    """Property: nothing but Permanent is raised inside, and what parses has finite, positive prices."""
    frame = orjson.dumps(entries, option=orjson.OPT_NON_STR_KEYS) if _fits(entries) else b"[]"
    for item in parse_frame(frame, STAMPS):
        if isinstance(item, Parsed) and isinstance(item.record, Trade):
            assert math.isfinite(item.record.price) and item.record.price > 0
            assert item.record.ts_event <= STAMPS.latest_event_us


def _fits(entries: object) -> bool:
    try:
        orjson.dumps(entries)
    except (TypeError, orjson.JSONEncodeError):
        return False
    return True


def test_rest_and_websocket_give_the_same_print() -> None:
    """Nanoseconds are cut to the WebSocket's milliseconds, so that a back-filled record equals the live one."""
    row = {
        "conditions": [0, 12], "exchange": 4, "id": "12345", "price": 114.125, "sequence_number": 3681328,
        "sip_timestamp": 1536036818784999999, "size": 100, "tape": 3,
    }  # fmt: skip
    live = one(TRADE)
    assert isinstance(live, Parsed)
    assert parse_rest.trade("MSFT", row, STAMPS, "results[0]").record == live.record


def test_bar_row_and_growing_bar() -> None:
    """A bar that is not over yet is not published; its final form will come."""
    start = NOW // 60_000_000 * 60_000
    body = orjson.dumps({"results": [
        {"c": 2.0, "h": 3.0, "l": 1.0, "n": 7, "o": 1.5, "t": start - 60_000, "v": 500, "vw": 1.9},
        {"c": 2.0, "h": 3.0, "l": 1.0, "n": 7, "o": 1.5, "t": start, "v": 500, "vw": 1.9},
    ]})  # fmt: skip
    (item,) = parse_answer(Payload("/v2/aggs", body, NOW, {"ticker": "BCRX"}), STAMPS)
    assert isinstance(item, Parsed) and isinstance(item.record, Bar)
    assert (item.record.resolution, item.record.trade_count, item.record.vwap) == (Resolution.M1, 7, 1.9)
    assert item.record.window_end - item.record.window_start == 60_000_000


def test_a_bad_row_of_an_answer_is_refused_alone() -> None:
    row = {"id": "1", "price": 5.0, "sequence_number": 1, "sip_timestamp": 1536036818784000000, "size": 1}
    body = orjson.dumps({"results": [row, row | {"price": -5.0}, 7, row | {"sequence_number": 2}]})
    items = parse_answer(Payload("/v3/trades", body, NOW, {"ticker": "X"}), STAMPS)
    assert [type(item) for item in items] == [Parsed, Refused, Refused, Parsed]
    with pytest.raises(Permanent):
        parse_rest.rows(b"[]")
