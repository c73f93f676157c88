"""Alpaca's entries as canonical records: pure, the same for the stream and for REST, each with a captured sample.

Neither stocks nor crypto carry a sequence number: `producers.sequence` makes one of the nanoseconds. Vendor pages: real-time stock
and crypto pricing data, historical API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from infra.clock import MICROSECONDS, to_datetime, to_microseconds
from infra.errors import Permanent
from infra.market_calendar import NEW_YORK
from producers.alpaca.moment import moment_ns
from producers.alpaca.symbols import ours
from producers.polygon.field import LARGEST_LONG, at_least_zero, misfit, optional_whole, positive, text
from producers.sequence import sequence_of
from producers.sip_codes import condition_numbers, exchange_number
from producers.source import Parsed, Refused, Stamps
from schemas.records import Bar, Quote, Resolution, Trade

SOURCE = "alpaca"
TRADES, QUOTES, BARS = "market.trades", "market.quotes", "market.bars"
_SHARES_A_LOT = 100
_MINUTE_US = 60_000_000
_SHOWN_BYTES = 60
# Corrections and cancellations come with trades unasked, the others only when subscribed to: kept in raw.payloads.
_RAW_ONLY = frozenset("cxsliobn")


@dataclass(frozen=True, slots=True)
class Control:
    """A message about the connection: success, subscription or error."""

    kind: str
    message: str
    code: int = 0
    channels: Mapping[str, Any] | None = None


def parse_frame(data: bytes, stamps: Stamps) -> list[Parsed | Control | Refused]:
    """Return what each entry of a frame is; one bad entry does not spoil the others.

    A frame that is no JSON array is refused whole.
    """
    try:
        entries = read(data)
        if type(entries) is not list:
            raise misfit("", "a JSON array of objects", entries)
    except Permanent as error:
        return [Refused("raw.payloads", data, error)]
    found: list[Parsed | Control | Refused] = []
    for number, entry in enumerate(entries):
        try:
            parsed = parse_entry(entry, stamps, f"[{number}]")
        except Permanent as error:
            found.append(Refused(_topic_of(entry), json.dumps([entry]).encode(), error))
            continue
        if parsed is not None:
            found.append(parsed)
    return found


def parse_entry(entry: Any, stamps: Stamps, path: str = "") -> Parsed | Control | None:
    """Return one entry as a record or control message; None for one that no record is made of.

    Raises
    ------
    Permanent
        If it does not fit, naming the field.
    """
    if type(entry) is not dict:
        raise misfit(path, "an object", entry)
    kind = entry.get("T")
    if type(kind) is str:
        if kind in _PARSERS:
            return _PARSERS[kind](entry, stamps, path)
        if kind in ("success", "subscription", "error"):
            return _control(kind, entry, path)
        if kind in _RAW_ONLY:
            return None
    raise misfit(f"{path}.T", f"one of {', '.join((*_PARSERS, 'success', 'subscription', 'error'))}", kind)


def read(data: bytes) -> Any:
    """Return the value of a JSON text, NaN and infinity included: the other entries shall get through.

    Raises
    ------
    Permanent
        If it is none.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Permanent(f"expected JSON, found {data[:_SHOWN_BYTES]!r}: {error}", "") from error


def _trade(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"T":"t","i":96921,"S":"AAPL","x":"D","p":126.55,"s":1,"t":"2021-02-22T15:51:44.208Z","c":["@","I"],"z":"C"}"""
    moment, trade_id = moment_ns(entry, "t", path, stamps), optional_whole(entry, "i", path, LARGEST_LONG)
    if trade_id is None:
        raise misfit(f"{path}.i", "an integer", trade_id)
    return Parsed(
        TRADES,
        Trade(
            symbol=ours(text(entry, "S", path)),
            ts_event=moment // 1_000,
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            trade_id=str(trade_id),
            sequence=sequence_of(moment, entry.get("x"), trade_id),
            price=positive(entry, "p", path),
            size=positive(entry, "s", path),
            exchange=exchange_number(entry.get("x")),
            conditions=condition_numbers(_letters(entry, path), entry.get("z")),
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
        ),
    )


def _quote(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"T":"q","S":"AMD","bx":"U","bp":87.66,"bs":1,"ax":"Q","ap":87.68,"as":4,"t":"2021-02-22T15:51:45.335689322Z","c":["R"],"z":"C"}

    Sizes of stocks are round lots, those of crypto coins: ``{"T":"q","S":"BTC/USD","bp":0.35,"bs":13445.46,"ap":0.36,"as":13561.9,"t":...}``.
    """
    symbol = text(entry, "S", path)
    unit = 1 if "/" in symbol else _SHARES_A_LOT
    bid, ask = at_least_zero(entry, "bp", path, absent=0.0), at_least_zero(entry, "ap", path, absent=0.0)
    if 0 < ask < bid:
        raise misfit(f"{path}.ap", f"an offer of at least the bid {bid}", ask)
    bid_size, ask_size = at_least_zero(entry, "bs", path, absent=0.0), at_least_zero(entry, "as", path, absent=0.0)
    moment = moment_ns(entry, "t", path, stamps)
    return Parsed(
        QUOTES,
        Quote(
            symbol=ours(symbol),
            ts_event=moment // 1_000,
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            sequence=sequence_of(moment, bid, ask, bid_size, ask_size, entry.get("bx"), entry.get("ax")),
            bid_price=bid or None,
            bid_size=bid_size * unit if bid else None,
            ask_price=ask or None,
            ask_size=ask_size * unit if ask else None,
            bid_exchange=exchange_number(entry.get("bx")),
            ask_exchange=exchange_number(entry.get("ax")),
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
        ),
    )


def _minute_bar(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed | None:
    """{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"n":461,"vw":389.062639,"t":"2021-02-22T19:15:00Z"}"""
    start = moment_ns(entry, "t", path, stamps) // 1_000
    return _bar(entry, stamps, path, Resolution.M1, start, start + _MINUTE_US)


def _updated_bar(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed | None:
    """{"T":"u","S":"SPY",...}: a minute's bar once more, half a minute later, because of late trades."""
    start = moment_ns(entry, "t", path, stamps) // 1_000
    return _bar(entry, stamps, path, Resolution.M1, start, start + _MINUTE_US, revision=1)


def _daily_bar(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed | None:
    """{"T":"d","S":"VOO",...,"t":"2021-02-22T05:00:00Z"}: the day so far, from midnight in New York, sent again every minute."""
    start = moment_ns(entry, "t", path, stamps) // 1_000
    begins = to_datetime(start).astimezone(NEW_YORK)
    following = begins.date() + timedelta(days=1)
    end = to_microseconds(datetime(following.year, following.month, following.day, begins.hour, tzinfo=NEW_YORK))
    return _bar(entry, stamps, path, Resolution.D1, start, end)


def _bar(entry: Mapping[str, Any], stamps: Stamps, path: str, resolution: Resolution, start: int, end: int, revision: int = 0) -> Parsed | None:
    """Return a finished bar; None for one that still grows."""
    low, high = positive(entry, "l", path), positive(entry, "h", path)
    if low > high:
        raise misfit(f"{path}.l", f"a low of at most the high {high}", low)
    if end > stamps.published_us - stamps.delay_seconds * MICROSECONDS:
        return None
    return Parsed(
        BARS,
        Bar(
            symbol=ours(text(entry, "S", path)),
            resolution=resolution,
            window_start=start,
            window_end=end,
            open=positive(entry, "o", path),
            high=high,
            low=low,
            close=positive(entry, "c", path),
            volume=at_least_zero(entry, "v", path),
            vwap=positive(entry, "vw", path) if entry.get("vw") else None,
            trade_count=optional_whole(entry, "n", path, LARGEST_LONG),
            revision=revision,
            source=SOURCE,
            ts_event=end,
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
        ),
    )


def _control(kind: str, entry: Mapping[str, Any], path: str) -> Control:
    """{"T":"error","code":406,"msg":"connection limit exceeded"}, {"T":"subscription","trades":["AAPL"],"quotes":[],"bars":["*"],...}"""
    code = optional_whole(entry, "code", path) or 0
    return Control(kind, str(entry.get("msg", "")), code, entry if kind == "subscription" else None)


def _letters(entry: Mapping[str, Any], path: str) -> list[str]:
    letters = entry.get("c") or []
    if type(letters) is list and all(type(letter) is str for letter in letters):
        return letters
    raise misfit(f"{path}.c", "a list of letters", letters)


_PARSERS: dict[str, Callable[[Mapping[str, Any], Stamps, str], Parsed | None]] = {
    "t": _trade, "q": _quote, "b": _minute_bar, "u": _updated_bar, "d": _daily_bar,
}  # fmt: skip
_TOPICS = {"t": TRADES, "q": QUOTES, "b": BARS, "u": BARS, "d": BARS}


def _topic_of(entry: Any) -> str:
    kind = entry.get("T") if type(entry) is dict else None
    return _TOPICS.get(kind, "raw.payloads") if type(kind) is str else "raw.payloads"
