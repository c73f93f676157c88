"""Twelve Data's movers as gappers (WCH-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from infra.clock import to_microseconds
from infra.errors import Permanent
from producers.json_answer import answer_of, list_at
from producers.polled_bar import Number, Price
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Gapper

SOURCE, TOPIC = "twelve_data", "reference.gappers"


class Mover(BaseModel):
    """A row of ``values``; ``datetime`` is UTC."""

    model_config = ConfigDict(frozen=True)

    symbol: str = Field(min_length=1)
    datetime: str
    last: Price
    change: Number
    volume: Annotated[Number, Field(ge=0)]


@transform("twelve_data_movers")
def movers(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"values":[{"symbol":"BSET","name":"Bassett","exchange":"NASDAQ","datetime":"2023-10-01T12:00:00Z","last":17.25,"high":18,"low":16.5,"volume":108297,"change":3.31,"percent_change":23.74462}],"status":"ok"}"""

    def gapper(mover: Mover, path: str) -> Parsed:
        previous = mover.last - mover.change
        if previous <= 0:
            raise Permanent(f"field {path}.change: expected less than the price {mover.last}, found {mover.change}", f"{path}.change")
        return Parsed(
            TOPIC,
            Gapper(
                symbol=mover.symbol,
                ts_event=_moment(mover.datetime, path),
                ts_received=stamps.received_us,
                ts_published=stamps.published_us,
                source=SOURCE,
                last_price=mover.last,
                previous_close=previous,
                gap_percent=(mover.last / previous - 1) * 100,
                volume=mover.volume,
            ),
        )

    return parse_rows(list_at(answer_of(payload), "values"), "values", Mover, TOPIC, gapper)


def _moment(text: str, path: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Permanent(f"field {path}.datetime: expected a moment such as 2023-10-01T12:00:00Z, found {text!r:.40}", f"{path}.datetime") from error
    return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
