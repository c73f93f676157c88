"""Tradier's REST answers as canonical records: pure, each with a captured sample.

A list with a single element comes as that element, an empty one as null; both are read as lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from producers.polygon.field import at_least_zero, misfit, positive, whole
from producers.sequence import sequence_of
from producers.source import Parsed, Payload, Refused, Stamps
from producers.tradier.number import moment_us
from producers.tradier.parse_stream import QUOTES, SOURCE, quote
from schemas.records import Bar, Resolution

QUOTES_ENDPOINT, BARS_ENDPOINT = "/v1/markets/quotes", "/v1/markets/timesales"
_MINUTE_US = 60 * MICROSECONDS
_NAMES = ("bidsize", "asksize", "bidexch", "askexch", "bid_date", "ask_date")


def parse_answer(payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return the records of an answer; a bad row does not spoil the others."""
    is_quotes = payload.endpoint == QUOTES_ENDPOINT
    path, topic = ("quotes.quote", QUOTES) if is_quotes else ("series.data", "market.bars")
    try:
        rows = rows_of(payload.body, path)
    except Permanent as error:
        return [Refused("raw.payloads", payload.body, error)]
    symbol = payload.parameters.get("symbol", "")
    found: list[Parsed | Refused] = []
    for number, row in enumerate(rows):
        place = f"{path}[{number}]"
        try:
            if type(row) is not dict:
                raise misfit(place, "an object", row)
            parsed = _quote(row, stamps, place) if is_quotes else _bar(symbol, row, stamps, place)
        except Permanent as error:
            found.append(Refused(topic, json.dumps(row).encode(), error))
            continue
        if parsed is not None:
            found.append(parsed)
    return found


def rows_of(body: bytes, path: str) -> list[Any]:
    """Return the list at ``path``, e.g. ``quotes.quote``.

    Raises
    ------
    Permanent
        If the answer is no JSON object, or something on the way is of another kind.
    """
    try:
        found: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected a JSON object, found {body[:60]!r}: {error}", "") from error
    walked = ""
    for name in path.split("."):
        if found in (None, "null"):  # "quotes": null, and on some days "series": "null"
            return []
        if type(found) is not dict:
            raise misfit(walked, "an object", found)
        found, walked = found.get(name), f"{walked}.{name}".strip(".")
    if found is None:
        return []
    return found if type(found) is list else [found]


def _quote(row: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed | None:
    """{"symbol":"AAPL","last":208.21,"bid":208.19,"ask":208.21,"bidsize":12,"bidexch":"Q","bid_date":1557168406000,"asksize":1,"askexch":"Y","ask_date":1557168406000,...}

    A symbol that nobody quotes, an index for one, has no sides and no dates.
    """
    if not row.get("bid") and not row.get("ask"):
        return None
    moment = moment_us(row, ("bid_date", "ask_date"), path, stamps)
    sides = [row.get(name) for name in ("bid", "ask", *_NAMES)]
    return Parsed(QUOTES, quote(row, stamps, path, _NAMES, sequence_of(moment * 1_000, *sides)))


def _bar(symbol: str, row: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed | None:
    """{"time":"2019-05-09T09:30:00","timestamp":1557408600,"price":199.6449,"open":200.46,"high":200.53,"low":198.76,"close":200.1154,"volume":1273841,"vwap":199.77806}

    ``timestamp`` is seconds at the start of the minute. None for a minute that is not over, at the vendor's present.
    """
    start = whole(row, "timestamp", path, least=1) * MICROSECONDS
    low, high = positive(row, "low", path), positive(row, "high", path)
    if low > high:
        raise misfit(f"{path}.low", f"a low of at most the high {high}", low)
    if start + _MINUTE_US > stamps.published_us - stamps.delay_seconds * MICROSECONDS:
        return None
    return Parsed(
        "market.bars",
        Bar(
            symbol=symbol,
            resolution=Resolution.M1,
            window_start=start,
            window_end=start + _MINUTE_US,
            open=positive(row, "open", path),
            high=high,
            low=low,
            close=positive(row, "close", path),
            volume=at_least_zero(row, "volume", path),
            vwap=positive(row, "vwap", path) if row.get("vwap") else None,
            source=SOURCE,
            ts_event=start + _MINUTE_US,
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
        ),
    )
