"""Implied and realised volatility: rank, term structure, skew, fixed horizons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import day, needed, optional_day
from producers.unusual_whales.models.rest_market import (
    HistoricalRiskReversalSkewRow,
    InterpolatedIvRow,
    IvRankRow,
    VolatilityRealizedRow,
    VolatilityStatsRow,
    VolatilityTermStructureRow,
)
from schemas.records import VolatilityMeasure, VolatilityPoint

TOPIC = "options.volatility"


@endpoint("iv_rank", model=IvRankRow, topic=TOPIC)
def rank(row: IvRankRow, answer: Answer) -> Iterator[VolatilityPoint]:
    """{"date":"2024-01-22","close":"180.50","iv_rank_1y":"0.65","volatility":"0.25","updated_at":"2024-01-22T16:35:52Z"}"""
    values = {"implied_volatility": row.volatility, "iv_rank": row.iv_rank_1y, "underlying_price": row.close}
    yield _point(answer, row.date, VolatilityMeasure.IV_RANK, **values)


@endpoint("volatility_term_structure", model=VolatilityTermStructureRow, topic=TOPIC)
def term_structure(row: VolatilityTermStructureRow, answer: Answer) -> Iterator[VolatilityPoint]:
    """{"date":"2023-09-08","expiry":"2023-09-08","dte":0,"volatility":"0.2319","implied_move":"3.1025","implied_move_perc":"0.01765"}"""
    yield _point(
        answer, row.date, VolatilityMeasure.TERM_STRUCTURE, expiry=day(row.expiry, "expiry"), days=row.dte,
        implied_volatility=row.volatility, implied_move=row.implied_move, implied_move_fraction=row.implied_move_perc,
    )  # fmt: skip


@endpoint("interpolated_iv", model=InterpolatedIvRow, topic=TOPIC)
def interpolated(row: InterpolatedIvRow, answer: Answer) -> Iterator[VolatilityPoint]:
    """{"date":"2025-05-30","days":30,"volatility":"0.299","percentile":"61","implied_move_perc":"0.058"}"""
    yield _point(
        answer, row.date, VolatilityMeasure.INTERPOLATED, days=needed(row.days, "days"), implied_volatility=row.volatility,
        iv_percentile=row.percentile, implied_move_fraction=row.implied_move_perc,
    )  # fmt: skip


@endpoint("historical_risk_reversal_skew", model=HistoricalRiskReversalSkewRow, topic=TOPIC)
def risk_reversal(row: HistoricalRiskReversalSkewRow, answer: Answer) -> Iterator[VolatilityPoint]:
    """{"ticker":"SPY","date":"2024-01-01","delta":10,"risk_reversal":"0.014"}; the expiry is that of the question."""
    expiry = optional_day(answer.asked_day("expiry"))
    delta = needed(row.delta, "delta")
    yield _point(answer, row.date, VolatilityMeasure.RISK_REVERSAL, expiry=expiry, delta=delta, risk_reversal=row.risk_reversal)


@endpoint("volatility_realized", model=VolatilityRealizedRow, topic=TOPIC)
def realized(row: VolatilityRealizedRow, answer: Answer) -> Iterator[VolatilityPoint]:
    """{"date":"2023-04-11","price":"150.15","implied_volatility":"0.23","realized_volatility":"0.19","unshifted_rv_date":"2023-05-11"}"""
    yield _point(
        answer, row.date, VolatilityMeasure.REALIZED, implied_volatility=row.implied_volatility,
        realized_volatility=row.realized_volatility, underlying_price=row.price,
    )  # fmt: skip


@endpoint("volatility_stats", model=VolatilityStatsRow, topic=TOPIC)
def statistics(row: VolatilityStatsRow, answer: Answer) -> Iterator[VolatilityPoint]:
    """{"ticker":"AAPL","date":"2024-01-22","iv":"0.23","iv_low":"0.18","iv_high":"0.35","iv_rank":"0.45","rv":"0.21",...}"""
    yield _point(
        answer, row.date, VolatilityMeasure.STATISTICS, iv_rank=row.iv_rank,
        implied_volatility=row.iv, implied_volatility_low=row.iv_low, implied_volatility_high=row.iv_high,
        realized_volatility=row.rv, realized_volatility_low=row.rv_low, realized_volatility_high=row.rv_high,
    )  # fmt: skip


def _point(answer: Answer, session: date | None, measure: VolatilityMeasure, **values: Any) -> VolatilityPoint:
    stamped = answer.at(answer.began(session, "date"))
    return VolatilityPoint(symbol=answer.ticker, **stamped, session_date=day(session, "date"), measure=measure, **values)
