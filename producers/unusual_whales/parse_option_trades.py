"""Option trades: the same print over REST and over the stream, under different names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import contract_of, count, day, name, needed, not_negative
from producers.unusual_whales.models.rest_market import OptionContractIdFlowRow
from producers.unusual_whales.models.websocket import OptionTradesMessage
from schemas.records import OptionRight, OptionTrade, TradeSide

TOPIC = "options.trades"
_SIDES = {"ask_side": TradeSide.ASK, "bid_side": TradeSide.BID, "mid_side": TradeSide.MID, "no_side": TradeSide.NONE}
_SENTIMENTS = ("bullish", "bearish", "neutral")


@endpoint("option_trades", "option_contract_id_flow", model=OptionContractIdFlowRow, topic=TOPIC)
def rest_trade(row: OptionContractIdFlowRow, answer: Answer) -> Iterator[OptionTrade]:
    """{"id":"8ef90a2d-…","option_chain_id":"NVDA250117C00124000","executed_at":"2024-08-21T13:50:52.278302Z","price":"21.50","size":1,"tags":["bid_side"],...}"""
    yield _trade(row, answer, "option_chain_id", row.upstream_condition_detail, canceled=bool(row.canceled))


def stream_trade(message: OptionTradesMessage, answer: Answer) -> Iterator[OptionTrade]:
    """{"id":"5c9e0b1a-…","option_symbol":"XYZ250620C00100000","executed_at":1750431600000,"price":"1.25","size":4,"tags":["ask_side","bullish"],...}"""
    yield _trade(message, answer, "option_symbol", message.trade_code, canceled=False)


def _trade(row: Any, answer: Answer, symbol_field: str, conditions: str | None, *, canceled: bool) -> OptionTrade:
    symbol = getattr(row, symbol_field)
    expiry, strike, right = _contract(symbol, symbol_field, row.strike, row.expiry, row.option_type)
    side, sentiment, tags = _meaning(tuple(row.tags or ()))
    return OptionTrade(
        symbol=name(row.underlying_symbol, "underlying_symbol"),
        **answer.at(answer.happened(row.executed_at, "executed_at")),
        trade_id=name(row.id, "id"),
        option_symbol=symbol,
        expiry=expiry,
        strike=strike,
        right=right,
        price=not_negative(row.price, "price"),
        size=count(row.size, "size", least=1),
        premium=needed(row.premium, "premium"),
        side=side,
        sentiment=sentiment,
        tags=tags,
        bid=row.nbbo_bid,
        ask=row.nbbo_ask,
        average_bid=row.ewma_nbbo_bid,
        average_ask=row.ewma_nbbo_ask,
        theoretical_price=row.theo,
        underlying_price=row.underlying_price,
        implied_volatility=row.implied_volatility,
        delta=row.delta,
        gamma=row.gamma,
        theta=row.theta,
        vega=row.vega,
        rho=row.rho,
        volume=row.volume,
        open_interest=row.open_interest,
        ask_volume=row.ask_vol,
        bid_volume=row.bid_vol,
        mid_volume=row.mid_vol,
        no_side_volume=row.no_side_vol,
        multi_leg_volume=row.multi_vol,
        stock_multi_leg_volume=row.stock_multi_vol,
        exchange=row.exchange or None,
        conditions=() if not conditions else tuple([code for code in conditions.split(",") if code]),
        report_flags=tuple(row.report_flags or ()),
        canceled=canceled,
        backfilled=answer.stamps.backfilled,
    )


@lru_cache(maxsize=32_768)
def _contract(symbol: str | None, field: str, strike: float | None, expiry: date | None, kind: str | None) -> tuple[int, float, OptionRight]:
    """Return expiry, strike and right of a contract that the row's own fields do not contradict; the same few thousand come again and again."""
    contract = contract_of(symbol, field, strike, expiry, kind)
    return day(contract.expiry, field), contract.strike, contract.right


@lru_cache(maxsize=256)
def _meaning(tags: tuple[str, ...]) -> tuple[TradeSide, str | None, tuple[str, ...]]:
    """Return the first side and the first sentiment among the tags, and the others."""
    side: TradeSide | None = None
    sentiment: str | None = None
    others = []
    for tag in tags:
        if tag in _SIDES:
            side = side or _SIDES[tag]
        elif tag in _SENTIMENTS:
            sentiment = sentiment or tag
        else:
            others.append(tag)
    return side or TradeSide.NONE, sentiment, tuple(others)
