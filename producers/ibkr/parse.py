"""From a snapshot's payload to `BookSnapshot`; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from infra.errors import Permanent
from producers.source import Crossed, Parsed, Refused, Stamps
from schemas.records import BookLevel, BookSnapshot, DepthMode

TOPIC = "market.books"


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {value}")
    return value


Finite = Annotated[float, AfterValidator(_finite)]
Level = tuple[Annotated[Finite, Field(gt=0)], Annotated[Finite, Field(ge=0)], str | None]


class _Snapshot(BaseModel):
    model_config = ConfigDict(frozen=True)

    symbol: Annotated[str, Field(min_length=1)]
    mode: DepthMode
    generation: Annotated[int, Field(gt=0, lt=2**31)]
    sequence: Annotated[int, Field(gt=0)]
    ts_event: Annotated[int, Field(gt=0)]
    age_ms: Annotated[int, Field(ge=0, lt=2**31)]
    bids: Annotated[tuple[Level, ...], Field(max_length=10)]
    asks: Annotated[tuple[Level, ...], Field(max_length=10)]
    updates: tuple[object, ...] | None = None


def parse_snapshot(body: bytes, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return the record of one snapshot.

    Sample: ``{"symbol":"SPY","mode":"LIVE","generation":171,"sequence":9,"ts_event":1748957400000000,"age_ms":12,
    "bids":[[599.98,300.0,"ISLAND"]],"asks":[[599.99,100.0,null]],"updates":[[0,0,1,599.98,300.0,"ISLAND"]]}``; an update is position,
    operation, side, price, size, market maker.
    """
    try:
        snapshot = _Snapshot.model_validate_json(body)
        _check(snapshot, stamps)
    except ValidationError as error:
        issue = error.errors()[0]
        path = ".".join(str(part) for part in issue["loc"])
        return [Refused(TOPIC, body, Permanent(f"book: {issue['msg'].lower()}", path))]
    except Permanent as error:
        return [Refused(TOPIC, body, error)]
    record = BookSnapshot(
        symbol=snapshot.symbol,
        ts_event=snapshot.ts_event,
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source="ibkr",
        mode=snapshot.mode,
        generation=snapshot.generation,
        sequence=snapshot.sequence,
        age_ms=snapshot.age_ms,
        bids=_levels(snapshot.bids),
        asks=_levels(snapshot.asks),
        update_count=None if snapshot.updates is None else len(snapshot.updates),
    )
    return [Parsed(TOPIC, record)]


def _check(snapshot: _Snapshot, stamps: Stamps) -> None:
    if snapshot.bids and snapshot.asks and snapshot.bids[0][0] > snapshot.asks[0][0]:
        raise Crossed(f"book: expected bid <= ask, found {snapshot.bids[0][0]} > {snapshot.asks[0][0]}", "bids")
    if snapshot.ts_event > stamps.latest_event_us:
        raise Permanent(f"book: expected ts_event up to {stamps.latest_event_us}, found {snapshot.ts_event}", "ts_event")


def _levels(rows: tuple[Level, ...]) -> tuple[BookLevel, ...]:
    return tuple(BookLevel(price=price, size=size, market_maker=market_maker) for price, size, market_maker in rows)
