"""Polygon's WebSocket entries as canonical records: pure, one function per kind, each with a captured sample.

Stamps are milliseconds. Vendor pages: stocks trades, quotes and aggregates of the WebSocket reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from infra.errors import Permanent
from producers.polygon.field import at_least_zero, codes, misfit, optional_whole, positive, text, whole
from producers.polygon.halts import halt_of
from producers.polygon.sale_conditions import bar_parts
from producers.source import Crossed, Parsed, Refused, Stamps
from schemas.records import Bar, Licence, PriceBand, Quote, Resolution, Trade

SOURCE = "polygon"
_SHARES_A_LOT = 100
_TIMESTAMP_AFTER_MS = 946_684_800_000  # 2000-01-01: an earlier stamp has another unit
_SHOWN_BYTES = 60


@dataclass(frozen=True, slots=True)
class Status:
    """A message about the connection itself, e.g. auth_success."""

    status: str
    message: str


def parse_frame(frame: bytes | str, stamps: Stamps) -> list[Parsed | Status | Refused]:
    """Return what each entry of a WebSocket frame is; one bad entry does not spoil the others.

    A frame that is no JSON array is refused whole.
    """
    data = frame.encode() if isinstance(frame, str) else frame
    try:
        entries = _entries(data)
    except Permanent as error:
        return [Refused("raw.payloads", data, error)]
    found: list[Parsed | Status | Refused] = []
    for number, entry in enumerate(entries):
        try:
            parsed = parse_entry(entry, stamps, f"[{number}]")
            found.append(parsed)
            if isinstance(parsed, Parsed) and isinstance(parsed.record, Quote) and (halt := halt_of(parsed.record)) is not None:
                found.append(Parsed("market.halts", halt))
        except Permanent as error:
            # json writes NaN as the vendor did; orjson would make it null and hide the cause.
            found.append(Refused(_topic_of(entry), json.dumps([entry]).encode(), error))
    return found


def parse_entry(entry: Any, stamps: Stamps, path: str = "") -> Parsed | Status:
    """Return one entry as a record, or as a status.

    Raises
    ------
    Permanent
        If it does not fit, naming the field.
    """
    if type(entry) is not dict:
        raise misfit(path, "an object", entry)
    kind = entry.get("ev")
    parser = _PARSERS.get(kind) if type(kind) is str else None
    if parser is None:
        raise misfit(f"{path}.ev", f"one of {', '.join(_PARSERS)}", kind)
    return parser(entry, stamps, path)


def _trade(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"ev":"T","sym":"MSFT","x":4,"i":"12345","z":3,"p":114.125,"s":100,"c":[0,12],"t":1536036818784,"q":3681328}"""
    conditions = codes(entry, "c", path)
    return Parsed(
        "market.trades",
        Trade(
            symbol=text(entry, "sym", path),
            ts_event=_moment(entry, "t", path, stamps),
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            trade_id=text(entry, "i", path),
            sequence=whole(entry, "q", path),
            price=positive(entry, "p", path),
            size=positive(entry, "s", path),
            exchange=optional_whole(entry, "x", path),
            conditions=conditions,
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
            bar_parts=bar_parts(conditions),
        ),
    )


def _quote(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"ev":"Q","sym":"MSFT","bx":4,"bp":114.125,"bs":100,"ax":7,"ap":114.128,"as":160,"c":0,"i":[604],"t":1536036818784,"q":50385480,"z":3}"""
    bid, ask = at_least_zero(entry, "bp", path, absent=0.0), at_least_zero(entry, "ap", path, absent=0.0)
    if 0 < ask < bid:
        raise Crossed(str(misfit(f"{path}.ap", f"an offer of at least the bid {bid}", ask)), f"{path}.ap")
    return Parsed(
        "market.quotes",
        Quote(
            symbol=text(entry, "sym", path),
            ts_event=_moment(entry, "t", path, stamps),
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            sequence=whole(entry, "q", path),
            bid_price=bid or None,
            bid_size=at_least_zero(entry, "bs", path) * _SHARES_A_LOT if bid else None,
            ask_price=ask or None,
            ask_size=at_least_zero(entry, "as", path) * _SHARES_A_LOT if ask else None,
            bid_exchange=optional_whole(entry, "bx", path),
            ask_exchange=optional_whole(entry, "ax", path),
            conditions=codes(entry, "c", path),
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
        ),
    )


def _minute_bar(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"ev":"AM","sym":"GTE","v":4110,"av":9470157,"op":0.4372,"vw":0.4488,"o":0.4488,"c":0.4486,"h":0.4489,"l":0.4486,"a":0.4352,"z":685,"s":1610144640000,"e":1610144700000}"""
    return Parsed("market.bars", _bar(entry, stamps, path, Resolution.M1))


def _second_bar(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"ev":"A","sym":"SPCE","v":200,"av":8642007,"op":25.66,"vw":25.3981,"o":25.39,"c":25.39,"h":25.39,"l":25.39,"a":25.3714,"z":50,"s":1610144868000,"e":1610144869000}"""
    return Parsed("market.bars", _bar(entry, stamps, path, Resolution.S1))


def _bar(entry: Mapping[str, Any], stamps: Stamps, path: str, resolution: Resolution) -> Bar:
    start, end = _moment(entry, "s", path, stamps), _moment(entry, "e", path, stamps)
    low, high = positive(entry, "l", path), positive(entry, "h", path)
    if low > high:
        raise misfit(f"{path}.l", f"a low of at most the high {high}", low)
    volume, mean_size = at_least_zero(entry, "v", path), optional_whole(entry, "z", path)
    return Bar(
        symbol=text(entry, "sym", path),
        resolution=resolution,
        window_start=start,
        window_end=end,
        open=positive(entry, "o", path),
        high=high,
        low=low,
        close=positive(entry, "c", path),
        volume=volume,
        vwap=positive(entry, "vw", path) if "vw" in entry else None,
        trade_count=round(volume / mean_size) if mean_size else None,
        source=SOURCE,
        ts_event=end,
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        backfilled=stamps.backfilled,
        delay_seconds=stamps.delay_seconds,
    )


def _price_band(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Parsed:
    """{"ev":"LULD","T":"MSFT","h":218.96,"l":198.11,"i":[21],"z":3,"t":1601316752683746,"q":290317}

    The specification says milliseconds, its own example has microseconds: the size of the number tells.
    """
    upper, lower = at_least_zero(entry, "h", path, absent=0.0), at_least_zero(entry, "l", path, absent=0.0)
    if 0 < upper < lower:
        raise misfit(f"{path}.h", f"an upper price of at least the lower {lower}", upper)
    stamp = whole(entry, "t", path, least=_TIMESTAMP_AFTER_MS)
    factor = next(factor for limit, factor in ((10**14, 1), (10**17, 1_000), (10**30, 1_000_000)) if stamp < limit)
    return Parsed(
        "market.price-bands",
        PriceBand(
            symbol=text(entry, "T", path),
            ts_event=_moment({**entry, "t": stamp // factor}, "t", path, stamps),
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            licence=Licence.INTERNAL,
            upper_price=upper or None,
            lower_price=lower or None,
            indicators=codes(entry, "i", path),
            sequence=whole(entry, "q", path),
            backfilled=stamps.backfilled,
        ),
    )


def _status(entry: Mapping[str, Any], stamps: Stamps, path: str) -> Status:
    """{"ev":"status","status":"auth_success","message":"authenticated"}"""
    return Status(text(entry, "status", path), str(entry.get("message", "")))


_PARSERS: dict[str, Callable[[Mapping[str, Any], Stamps, str], Parsed | Status]] = {
    "T": _trade, "Q": _quote, "AM": _minute_bar, "A": _second_bar, "LULD": _price_band, "status": _status,
}  # fmt: skip
_TOPICS = {"T": "market.trades", "Q": "market.quotes", "AM": "market.bars", "A": "market.bars", "LULD": "market.price-bands"}


def _topic_of(entry: Any) -> str:
    kind = entry.get("ev") if type(entry) is dict else None
    return _TOPICS.get(kind, "raw.payloads") if type(kind) is str else "raw.payloads"


def _entries(data: bytes) -> list[Any]:
    try:
        entries = orjson.loads(data)
    except orjson.JSONDecodeError:
        # NaN and Infinity are no JSON, but vendors send them; reading them lets the other entries of the frame through.
        try:
            entries = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Permanent(f"expected a JSON array, found {data[:_SHOWN_BYTES]!r}: {error}", "") from error
    if type(entries) is not list:
        raise misfit("", "a JSON array of objects", entries)
    return entries


def _moment(entry: Mapping[str, Any], key: str, path: str, stamps: Stamps) -> int:
    """Read milliseconds as microseconds; refuse what lies too far in the future or has another unit."""
    moment_us = whole(entry, key, path, least=_TIMESTAMP_AFTER_MS) * 1_000
    if moment_us > stamps.latest_event_us:
        ahead = (moment_us - stamps.latest_event_us) / 1_000_000
        raise misfit(f"{path}.{key}", f"a time not after the clock (this is {ahead:.0f} s beyond what is tolerated)", entry[key])
    return moment_us
