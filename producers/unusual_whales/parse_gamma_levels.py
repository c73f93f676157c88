"""Walls, magnet and flip of gamma as the vendor computes them."""

from __future__ import annotations

from collections.abc import Iterator

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import day
from producers.unusual_whales.models.rest_market import GexLevelsRow
from schemas.records import GammaLevels


@endpoint("gex_levels", model=GexLevelsRow, topic="options.gamma-levels")
def gamma_levels(row: GexLevelsRow, answer: Answer) -> Iterator[GammaLevels]:
    """{"call_wall":"600","gamma_flip":"560","gamma_magnet":"575","put_wall":"550"}; each may be null, and of all four none says nothing."""
    levels = (row.call_wall, row.put_wall, row.gamma_magnet, row.gamma_flip)
    if all(level is None for level in levels):
        return
    session = answer.session
    yield GammaLevels(
        symbol=answer.ticker,
        **answer.at(answer.now_or(session, "date")),
        session_date=day(session, "date"),
        call_wall=row.call_wall,
        put_wall=row.put_wall,
        gamma_magnet=row.gamma_magnet,
        gamma_flip=row.gamma_flip,
    )
