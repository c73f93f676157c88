"""What borrowing shares costs, and what flows into funds."""

from __future__ import annotations

from collections.abc import Iterator

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import day, name, needed
from producers.unusual_whales.models.rest_etfs import EtfsTickerInOutflowRow
from producers.unusual_whales.models.rest_shorts import ShortsTickerDataRow
from schemas.records import FundFlow, ShortAvailability


@endpoint("shorts_ticker_data", model=ShortsTickerDataRow, topic="reference.short-availability")
def short_availability(row: ShortsTickerDataRow, answer: Answer) -> Iterator[ShortAvailability]:
    """{"symbol":"EXMP","currency":"USD","fee_rate":"0.42","rebate_rate":"2.75","short_shares_available":5000000,"timestamp":"2025-03-15T14:30:00+00:00",...}"""
    yield ShortAvailability(
        symbol=name(row.symbol, "symbol"),
        **answer.at(answer.happened(row.timestamp, "timestamp")),
        fee_percent=row.fee_rate,
        rebate_percent=row.rebate_rate,
        shares_available=row.short_shares_available,
        currency=row.currency or None,
        name=row.name or None,
    )


@endpoint("etfs_ticker_in_outflow", model=EtfsTickerInOutflowRow, topic="reference.fund-flows")
def fund_flow(row: EtfsTickerInOutflowRow, answer: Answer) -> Iterator[FundFlow]:
    """{"date":"2024-10-02","change":-50,"change_prem":"-12000.0","close":"236.16","volume":592342,"is_fomc":false}"""
    yield FundFlow(
        symbol=answer.ticker,
        **answer.at(answer.began(row.date, "date")),
        session_date=day(row.date, "date"),
        shares=needed(row.change, "change"),
        value=row.change_prem,
        close=row.close,
        volume=row.volume,
        is_fomc=row.is_fomc,
    )
