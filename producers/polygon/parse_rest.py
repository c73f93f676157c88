"""Polygon's REST rows as canonical records: pure; a print has the same fields as over the WebSocket.

Trades and quotes carry nanoseconds; they are cut to the WebSocket's milliseconds, so that both forms of a record are equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from infra.errors import Permanent
from producers.polygon.field import misfit, positive, text, whole
from producers.polygon.parse import SOURCE, parse_entry
from producers.source import Parsed, Stamps
from schemas.records import Bar, Gapper, Resolution

_NANOSECONDS_A_MILLISECOND = 1_000_000
_RESOLUTION_MS = {
    Resolution.S1: 1_000, Resolution.M1: 60_000, Resolution.M2: 120_000, Resolution.M5: 300_000, Resolution.M15: 900_000, Resolution.H1: 3_600_000,
}  # fmt: skip


def rows(body: bytes, key: str = "results") -> tuple[Sequence[Any], str | None]:
    """Return the rows of an answer and the address of its next page.

    Raises
    ------
    Permanent
        If the answer is no JSON object, or its rows are no list.
    """
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected a JSON object, found {body[:60]!r}: {error}", "") from error
    if type(answer) is not dict:
        raise misfit("", "a JSON object", answer)
    found = answer.get(key)
    if found is None:
        found = []
    if type(found) is not list:
        raise misfit(key, "a list", found)
    following = answer.get("next_url")
    return found, following if isinstance(following, str) and following else None


def trade(symbol: str, row: Any, stamps: Stamps, path: str) -> Parsed:
    """{"conditions":[12,41],"exchange":11,"id":"1","price":171.55,"sequence_number":1063,"sip_timestamp":1517562000016036600,"size":100,"tape":3}"""
    entry = _renamed(row, path, {"i": "id", "x": "exchange", "p": "price", "s": "size", "q": "sequence_number", "c": "conditions"})
    return _as_record({"ev": "T", "sym": symbol, "t": _milliseconds(row, path), **entry}, stamps, path)


def quote(symbol: str, row: Any, stamps: Stamps, path: str) -> Parsed:
    """{"ask_exchange":0,"ask_price":0,"ask_size":0,"bid_exchange":11,"bid_price":102.7,"bid_size":60,"conditions":[1],"sequence_number":2060,"sip_timestamp":1517562000065700400,"tape":3}"""
    names = {
        "bx": "bid_exchange", "bp": "bid_price", "bs": "bid_size", "ax": "ask_exchange", "ap": "ask_price", "as": "ask_size",
        "q": "sequence_number", "c": "conditions",
    }  # fmt: skip
    return _as_record({"ev": "Q", "sym": symbol, "t": _milliseconds(row, path), **_renamed(row, path, names)}, stamps, path)


def bar(symbol: str, row: Any, resolution: Resolution, stamps: Stamps, path: str) -> Bar:
    """{"c":75.0875,"h":75.15,"l":73.7975,"n":1,"o":74.06,"t":1577941200000,"v":135647456,"vw":74.6099}"""
    entry = _renamed(row, path, {name: name for name in ("v", "vw", "o", "c", "h", "l")})
    start = whole(row, "t", path, least=1)
    parsed = parse_entry({"ev": "AM", "sym": symbol, "s": start, "e": start + _RESOLUTION_MS[resolution], **entry}, stamps, path)
    record = parsed.record if isinstance(parsed, Parsed) else None
    if not isinstance(record, Bar):
        raise misfit(path, "a bar", row)
    plain = record.as_avro() | {"resolution": resolution, "trade_count": whole(row, "n", path) if "n" in row else None}
    return Bar.from_avro(plain)


def gapper(row: Any, stamps: Stamps, path: str) -> Gapper:
    """{"ticker":"PDS","day":{"v":133963},"lastTrade":{"p":14.2284},"prevDay":{"c":0.73,"v":2e6},"updated":1605195848258266000}"""
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    last_trade, previous, day = (_part(row, name, path) for name in ("lastTrade", "prevDay", "day"))
    price, close = positive(last_trade, "p", f"{path}.lastTrade"), positive(previous, "c", f"{path}.prevDay")
    return Gapper(
        symbol=text(row, "ticker", path),
        ts_event=whole(row, "updated", path, least=1) // 1_000,
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source=SOURCE,
        last_price=price,
        previous_close=close,
        gap_percent=(price / close - 1) * 100,
        volume=positive(day, "v", f"{path}.day"),
        previous_volume=positive(previous, "v", f"{path}.prevDay") if previous.get("v") else None,  # 0: it did not trade
    )


def as_bytes(row: Any) -> bytes:
    """Return a row as JSON again, NaN included, for its dead letter."""
    return json.dumps(row).encode()


def _as_record(entry: dict[str, Any], stamps: Stamps, path: str) -> Parsed:
    parsed = parse_entry(entry, stamps, path)
    if not isinstance(parsed, Parsed):
        raise misfit(path, "a market record", entry)
    return parsed


def _renamed(row: Any, path: str, names: Mapping[str, str]) -> dict[str, Any]:
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    return {short: row[name] for short, name in names.items() if name in row}


def _milliseconds(row: Any, path: str) -> int:
    if type(row) is not dict:
        raise misfit(path, "an object", row)
    return whole(row, "sip_timestamp", path, least=1) // _NANOSECONDS_A_MILLISECOND


def _part(row: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    found = row.get(name)
    if type(found) is not dict:
        raise misfit(f"{path}.{name}", "an object", found)
    return found
