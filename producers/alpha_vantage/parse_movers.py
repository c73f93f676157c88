"""Alpha Vantage's gainers and losers as gappers (WCH-05, WCH-06): texts, the change as ``12.5%``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from infra.clock import to_microseconds
from infra.errors import Permanent
from producers.json_answer import answer_of, list_at
from producers.polled_bar import Number, Price
from producers.rest_catalog.transforms import transform
from producers.row_models import parse_rows
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Gapper

SOURCE, TOPIC = "alpha_vantage", "reference.gappers"


class Mover(BaseModel):
    """A row of ``top_gainers`` or ``top_losers``."""

    model_config = ConfigDict(frozen=True)

    ticker: str = Field(min_length=1)
    price: Price
    change_amount: Number
    volume: Annotated[Number, Field(ge=0)]


@transform("alpha_vantage_movers")
def movers(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"last_updated":"2026-11-18 09:05:00 US/Eastern","top_gainers":[{"ticker":"ACRX","price":"8.63","change_amount":"2.51",...}]}"""
    answer = answer_of(payload)
    updated_us = _moment(answer.get("last_updated") if isinstance(answer, dict) else None)

    def gapper(mover: Mover, path: str) -> Parsed:
        previous = mover.price - mover.change_amount
        if previous <= 0:
            where = f"{path}.change_amount"
            raise Permanent(f"field {where}: expected less than the price {mover.price}, found {mover.change_amount}", where)
        return Parsed(
            TOPIC,
            Gapper(
                symbol=mover.ticker,
                ts_event=updated_us,
                ts_received=stamps.received_us,
                ts_published=stamps.published_us,
                source=SOURCE,
                last_price=mover.price,
                previous_close=previous,
                gap_percent=(mover.price / previous - 1) * 100,
                volume=mover.volume,
            ),
        )

    return [item for name in ("top_gainers", "top_losers") for item in parse_rows(list_at(answer, name), name, Mover, TOPIC, gapper)]


def _moment(text: object) -> int:
    """Read ``2026-11-18 09:05:00 US/Eastern``."""
    try:
        day, time_of_day, zone = str(text).split(" ")
        return to_microseconds(datetime.fromisoformat(f"{day} {time_of_day}").replace(tzinfo=ZoneInfo(zone)))
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise Permanent(f"field last_updated: expected 2026-11-18 09:05:00 US/Eastern or the like, found {text!r:.60}", "last_updated") from error
