"""The two compacted shapes of an answer (ING-43): that of its day and the newest; the third, every answer as it comes, is `raw.payloads`."""

from __future__ import annotations

from infra.clock import MICROSECONDS
from infra.market_calendar import trading_day
from producers.rest_catalog.schedule import Line
from producers.source import Payload
from schemas.records import RawSnapshot

TOPIC = "raw.snapshots"
WHOLE_MARKET = "MARKET"
_EPOCH_ORDINAL = 719_163  # of 1970-01-01


def snapshots(source: str, line: Line, payload: Payload, published_us: int) -> tuple[RawSnapshot, RawSnapshot]:
    """Return what is kept of an answer: under its New York day for good, and as the newest until it expires."""
    endpoint, symbol, variant = line.key
    whom = symbol or WHOLE_MARKET
    place = f"{endpoint}:{whom}" + (f"#{variant}" if variant else "")
    day = trading_day(payload.received_us)

    def kept(key: str, session_date: int | None, ts_expires: int | None) -> RawSnapshot:
        return RawSnapshot(
            key=f"{place}:{key}",
            source=source,
            endpoint=endpoint,
            symbol=whom,
            session_date=session_date,
            ts_received=payload.received_us,
            ts_published=published_us,
            ts_expires=ts_expires,
            parameters=payload.parameters,
            content_type=payload.content_type,
            body=payload.body,
        )

    expires_us = payload.received_us + line.endpoint.ttl_seconds * MICROSECONDS
    return kept(day.isoformat(), day.toordinal() - _EPOCH_ORDINAL, None), kept("latest", None, expires_us)
