"""Finnhub's daily quote as a gapper (ING-08, WCH-05): no volume is told, so none is stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from producers.json_answer import answer_of, asked_for
from producers.polled_bar import Price, misfit
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Gapper

SOURCE, TOPIC = "finnhub", "reference.gappers"


class Quote(BaseModel):
    """Current price, previous close, and when, in seconds since 1970."""

    model_config = ConfigDict(frozen=True)

    c: Price
    pc: Price
    t: Annotated[int, Field(gt=0, lt=4_102_444_800)]


@transform("finnhub_quote")
def quote(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"c":261.74,"d":2.29,"dp":0.88,"h":263.31,"l":260.68,"o":261.07,"pc":259.45,"t":1582641000}"""
    answer = answer_of(payload)
    symbol = asked_for(payload, "symbol")
    if isinstance(answer, dict) and answer.get("c") == 0 and answer.get("t") == 0:
        raise Permanent(f"field c: expected a price, found the zeros that mean an unknown symbol, {symbol}", "c")
    try:
        told = Quote.model_validate(answer)
    except ValidationError as error:
        raise misfit("", error) from None
    gapper = Gapper(
        symbol=symbol,
        ts_event=told.t * MICROSECONDS,
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source=SOURCE,
        last_price=told.c,
        previous_close=told.pc,
        gap_percent=(told.c / told.pc - 1) * 100,
    )
    return [Parsed(TOPIC, gapper)]
