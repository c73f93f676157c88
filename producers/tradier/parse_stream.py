"""Tradier's stream events as canonical records: pure, each with a captured sample.

``timesale`` is every print, with the vendor's sequence; ``trade`` and ``tradex`` repeat it without, ``summary`` holds no moment: they
stay in raw.payloads. Vendor page: https://docs.tradier.com/docs/streaming
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from infra.errors import Permanent
from producers.polygon.field import at_least_zero, misfit, positive, text, whole
from producers.sip_codes import condition_numbers, exchange_number
from producers.source import Parsed, Refused, Stamps
from producers.tradier.number import moment_us, numeric
from schemas.records import Quote, Trade

SOURCE = "tradier"
TRADES, QUOTES = "market.trades", "market.quotes"
_SHARES_A_LOT = 100
_RAW_ONLY = frozenset({"trade", "tradex", "summary"})
_TEXTS = ("type", "symbol", "exch", "flag", "bidexch", "askexch", "session")


def parse_events(data: bytes, stamps: Stamps) -> list[Parsed | Refused]:
    """Return the records of a frame, which holds one event or one a line; a bad one does not spoil the others."""
    found: list[Parsed | Refused] = []
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        topic = "raw.payloads"
        try:
            event = orjson.loads(line)
            if type(event) is not dict:
                raise misfit("", "an object", event)
            topic = {"timesale": TRADES, "quote": QUOTES}.get(str(event.get("type")), topic)
            parsed = parse_event(event, stamps)
        except orjson.JSONDecodeError as error:
            found.append(Refused(topic, line, Permanent(f"expected a JSON object, found {line[:60]!r}: {error}", "")))
        except Permanent as error:
            found.append(Refused(topic, line, error))
        else:
            if parsed is not None:
                found.append(parsed)
    return found


def parse_event(event: Mapping[str, Any], stamps: Stamps) -> Parsed | None:
    """Return one event as a record; None for one that no record is made of.

    Raises
    ------
    Permanent
        If it does not fit, naming the field.
    """
    kind = event.get("type")
    if kind == "timesale":
        return _print(event, stamps)
    if kind == "quote":
        return Parsed(QUOTES, quote(event, stamps, "", ("bidsz", "asksz", "bidexch", "askexch", "biddate", "askdate"), stamps.received_us))
    if isinstance(kind, str) and kind in _RAW_ONLY:
        return None
    raise misfit("type", f"one of timesale, quote, {', '.join(sorted(_RAW_ONLY))}", kind)


def _print(event: Mapping[str, Any], stamps: Stamps) -> Parsed | None:
    """{"type":"timesale","symbol":"SPY","exch":"Q","bid":"282.08","ask":"282.09","last":"282.09","size":"100","date":"1557758874355","seq":352795,"flag":"","cancel":false,"correction":false,"session":"normal"}

    A cancellation or correction is no print of its own.
    """
    if event.get("cancel") is True or event.get("correction") is True:
        return None
    entry = {**numeric(event), **{key: event[key] for key in _TEXTS if key in event}}
    sequence = whole(entry, "seq", "")
    flags = event.get("flag")
    return Parsed(
        TRADES,
        Trade(
            symbol=text(entry, "symbol", ""),
            ts_event=moment_us(entry, ("date",), "", stamps),
            ts_received=stamps.received_us,
            ts_published=stamps.published_us,
            source=SOURCE,
            trade_id=str(sequence),
            sequence=sequence,
            price=positive(entry, "last", ""),
            size=positive(entry, "size", ""),
            exchange=exchange_number(event.get("exch")),
            conditions=condition_numbers(flags) if isinstance(flags, str) else (),
            backfilled=stamps.backfilled,
            delay_seconds=stamps.delay_seconds,
        ),
    )


def quote(event: Mapping[str, Any], stamps: Stamps, path: str, names: tuple[str, str, str, str, str, str], sequence: int) -> Quote:
    """{"type":"quote","symbol":"C","bid":281.84,"bidsz":60,"bidexch":"M","biddate":"1557757189000","ask":281.85,"asksz":6,"askexch":"Z","askdate":"1557757190000"}

    Sizes are round lots. Stamps are whole seconds: ``sequence`` tells the quotes of one second apart. ``names``: of the fields, which
    the two interfaces write differently.
    """
    bid_size, ask_size, bid_exchange, ask_exchange, bid_date, ask_date = names
    entry = {**numeric(event), **{key: event[key] for key in _TEXTS if key in event}}
    bid, ask = (at_least_zero({side: entry.get(side) or 0}, side, path) for side in ("bid", "ask"))
    if 0 < ask < bid:
        raise misfit(f"{path}.ask", f"an offer of at least the bid {bid}", ask)
    return Quote(
        symbol=text(entry, "symbol", path),
        ts_event=moment_us(entry, (bid_date, ask_date), path, stamps),
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source=SOURCE,
        sequence=sequence,
        bid_price=bid or None,
        bid_size=at_least_zero(entry, bid_size, path) * _SHARES_A_LOT if bid else None,
        ask_price=ask or None,
        ask_size=at_least_zero(entry, ask_size, path) * _SHARES_A_LOT if ask else None,
        bid_exchange=exchange_number(event.get(bid_exchange)),
        ask_exchange=exchange_number(event.get(ask_exchange)),
        backfilled=stamps.backfilled,
        delay_seconds=stamps.delay_seconds,
    )
