"""Net option premium of the market, of sectors and of funds' holdings. REST writes these times with New York's offset."""

from __future__ import annotations

from collections.abc import Iterator

from infra.market_calendar import trading_day
from producers.unusual_whales.answer import WHOLE_MARKET, Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import day, name, needed
from producers.unusual_whales.models.rest_market import MarketMarketTideRow
from producers.unusual_whales.models.websocket import MarketTideMessage
from schemas.records import MarketTide

TOPIC = "market.tide"


@endpoint("market_market_tide", model=MarketMarketTideRow, topic=TOPIC)
def of_the_market(row: MarketMarketTideRow, answer: Answer) -> Iterator[MarketTide]:
    """{"timestamp":"2023-09-08T09:30:00-04:00","date":"2023-09-08","net_call_premium":"660338.0000","net_put_premium":"-547564.0000","net_volume":23558}"""
    yield _tide(row, answer, WHOLE_MARKET)


@endpoint("market_sector_sector_tide", model=MarketMarketTideRow, topic=TOPIC)
def of_a_sector(row: MarketMarketTideRow, answer: Answer) -> Iterator[MarketTide]:
    """The same rows for the sector that was asked for."""
    yield _tide(row, answer, name(answer.parameters.get("sector"), "sector"))


@endpoint("market_ticker_etf_tide", model=MarketMarketTideRow, topic=TOPIC)
def of_a_fund(row: MarketMarketTideRow, answer: Answer) -> Iterator[MarketTide]:
    """The same rows for the fund that was asked for."""
    yield _tide(row, answer, answer.ticker)


def stream_tide(message: MarketTideMessage, answer: Answer) -> Iterator[MarketTide]:
    """{"timestamp":"2026-04-27T14:27:54Z","net_volume":991,"net_call_premium":"488078.0","otm_net_volume":1345,...}"""
    moment_us = answer.happened(message.timestamp, "timestamp")
    yield MarketTide(
        symbol=WHOLE_MARKET,
        **answer.at(moment_us),
        session_date=day(trading_day(moment_us), "timestamp"),
        net_call_premium=needed(message.net_call_premium, "net_call_premium"),
        net_put_premium=needed(message.net_put_premium, "net_put_premium"),
        net_volume=message.net_volume,
        otm_only=False,
        otm_net_call_premium=message.otm_net_call_premium,
        otm_net_put_premium=message.otm_net_put_premium,
        otm_net_volume=message.otm_net_volume,
    )


def _tide(row: MarketMarketTideRow, answer: Answer, symbol: str) -> MarketTide:
    moment_us = answer.happened(row.timestamp, "timestamp")
    return MarketTide(
        symbol=symbol,
        **answer.at(moment_us),
        session_date=day(row.date or trading_day(moment_us), "date"),
        net_call_premium=needed(row.net_call_premium, "net_call_premium"),
        net_put_premium=needed(row.net_put_premium, "net_put_premium"),
        net_volume=row.net_volume,
        otm_only=answer.parameters.get("otm_only", "").lower() == "true",
    )
