"""Net option premium of the market, of sectors, of funds' holdings and of what expires soon. REST writes these times with New York's offset."""

from __future__ import annotations

from collections.abc import Iterator

from infra.market_calendar import trading_day
from producers.unusual_whales.answer import WHOLE_MARKET, Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import day, name, needed
from producers.unusual_whales.models.rest_market import MarketMarketTideRow
from producers.unusual_whales.models.rest_net_flow import NetFlowExpiryRow
from producers.unusual_whales.models.websocket import MarketTideMessage
from schemas.records import ExpiryTide, MarketTide

TOPIC = "market.tide"
_DEFAULT_EXPIRATIONS = "weekly,zero_dte"  # what the vendor adds up when nothing was asked for


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


@endpoint("net_flow_expiry", model=NetFlowExpiryRow, topic="market.expiry-tide")
def of_what_expires_soon(row: NetFlowExpiryRow, answer: Answer) -> Iterator[ExpiryTide]:
    """{"tide_type":"equity_only","moneyness":"all","data":[{"date":"2023-01-15","timestamp":"2023-01-15T09:30:00Z","net_call_premium":2345.67,...}]}"""
    for number, point in enumerate(row.data or ()):
        moment_us = answer.happened(point.timestamp, f"data[{number}].timestamp")
        yield ExpiryTide(
            symbol=WHOLE_MARKET,
            **answer.at(moment_us),
            session_date=day(point.date or trading_day(moment_us), f"data[{number}].date"),
            expirations=answer.parameters.get("expiration") or _DEFAULT_EXPIRATIONS,
            underlyings=name(row.tide_type, "tide_type"),
            moneyness=name(row.moneyness, "moneyness"),
            net_call_premium=point.net_call_premium,
            net_put_premium=point.net_put_premium,
            net_volume=point.net_volume,
            underlying_price=point.underlying_price,
        )


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
