"""Max pain by expiry."""

from __future__ import annotations

from collections.abc import Iterator

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import above_zero, day
from producers.unusual_whales.models.rest_market import MaxPainRow
from schemas.records import MaxPain


@endpoint("max_pain", model=MaxPainRow, topic="options.max-pain")
def max_pain(row: MaxPainRow, answer: Answer) -> Iterator[MaxPain]:
    """{"expiry":"2024-03-04","max_pain":"473"}; the session stands beside the rows."""
    session = answer.session
    yield MaxPain(
        symbol=answer.ticker,
        **answer.at(answer.began(session, "date")),
        session_date=day(session, "date"),
        expiry=day(row.expiry, "expiry"),
        strike=above_zero(row.max_pain, "max_pain"),
    )
