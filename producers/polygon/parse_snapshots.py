"""Snapshots of single tickers, of the whole market and of the day's losers as gappers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from infra.errors import Permanent
from producers.polygon import parse_rest
from producers.polygon.field import misfit, part
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps

_TOPIC = "reference.gappers"


@transform("polygon_snapshot")
def snapshot(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"request_id":"…","status":"OK","ticker":{"ticker":"AAPL","day":{...},"lastTrade":{...},"prevDay":{...},"updated":1605192894630916600}}"""
    del options
    try:
        answer = orjson.loads(payload.body)
    except orjson.JSONDecodeError as error:
        raise Permanent(f"expected JSON, found {payload.body[:60]!r}: {error}", "") from error
    if type(answer) is not dict:
        raise misfit("", "a JSON object", answer)
    if part(part(answer, "ticker", ""), "day", "ticker").get("v") == 0:
        return ()  # not traded today: there is no gap yet
    return [Parsed(_TOPIC, parse_rest.gapper(answer.get("ticker"), stamps, "ticker"))]


@transform("polygon_movers")
def movers(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"status":"OK","tickers":[{"ticker":"PDS","day":{...},"lastTrade":{...},"prevDay":{...},"updated":1605195848258266000}]}"""
    del options
    found: list[Parsed | Refused] = []
    for number, row in enumerate(parse_rest.rows(payload.body, "tickers")[0]):
        try:
            found.append(Parsed(_TOPIC, parse_rest.gapper(row, stamps, f"tickers[{number}]")))
        except Permanent as error:
            found.append(Refused(_TOPIC, parse_rest.as_bytes(row), error))
    return found


@transform("polygon_market")
def market(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """All tickers, as `polygon_movers`; those closer to yesterday's close than ``min_gap_percent`` and those without a trade today are left out."""
    least = float(options.get("min_gap_percent", "0"))
    rows = parse_rest.rows(payload.body, "tickers")[0]
    found: list[Parsed | Refused] = []
    for number, row in enumerate(rows):
        change = row.get("todaysChangePerc") if type(row) is dict else None
        if isinstance(change, (int, float)) and abs(change) < least:
            continue
        try:
            if part(row, "day", f"tickers[{number}]").get("v"):
                found.append(Parsed(_TOPIC, parse_rest.gapper(row, stamps, f"tickers[{number}]")))
        except Permanent as error:
            found.append(Refused(_TOPIC, parse_rest.as_bytes(row), error))
    return found
