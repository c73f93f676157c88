"""Premium, greeks and volume that flowed, added up by minute, strike or expiry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.market_calendar import trading_day
from producers.stamped import Stamped
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import above_zero, day, name, needed, optional_day
from producers.unusual_whales.models.rest_market import (
    FlowPerExpiryRow,
    FlowPerStrikeRow,
    GreekFlowExpiryRow,
    GreekFlowRow,
    NetPremTicksRow,
)
from producers.unusual_whales.models.websocket import NetFlowMessage
from schemas.records import FlowByStrike, GreekFlow, NetPremium

_OF_BOTH = ("premium", "premium_ask_side", "premium_bid_side", "volume", "volume_ask_side", "volume_bid_side", "trades")
_OF_MONEYNESS = ("otm_premium", "otm_volume", "otm_trades")
BY_STRIKE = "options.flow-per-strike"


@endpoint("net_prem_ticks", model=NetPremTicksRow, topic="options.net-premium")
def net_premium_of_a_minute(row: NetPremTicksRow, answer: Answer) -> Iterator[NetPremium]:
    """{"tape_time":"2025-03-21T19:58:00Z","date":"2025-03-21","net_call_premium":"2234.00","net_put_premium":"-11106.00","net_delta":"26294.85",...}"""
    yield NetPremium(
        symbol=answer.ticker,
        **answer.at(answer.happened(row.tape_time, "tape_time")),
        session_date=day(row.date, "date"),
        cumulative=False,
        net_call_premium=needed(row.net_call_premium, "net_call_premium"),
        net_put_premium=needed(row.net_put_premium, "net_put_premium"),
        net_call_volume=row.net_call_volume,
        net_put_volume=row.net_put_volume,
        net_delta=row.net_delta,
        call_volume=row.call_volume,
        call_volume_ask_side=row.call_volume_ask_side,
        call_volume_bid_side=row.call_volume_bid_side,
        put_volume=row.put_volume,
        put_volume_ask_side=row.put_volume_ask_side,
        put_volume_bid_side=row.put_volume_bid_side,
    )


def stream_net_premium(message: NetFlowMessage, answer: Answer) -> Iterator[NetPremium]:
    """{"ticker":"SPY","net_call_prem":"1716.00","net_call_vol":6,"net_put_prem":"1990.00","net_put_vol":17,"time":1777300076003}"""
    moment_us = answer.happened(message.time, "time")
    yield NetPremium(
        symbol=name(message.ticker, "ticker"),
        **answer.at(moment_us),
        session_date=day(trading_day(moment_us), "time"),
        cumulative=True,
        net_call_premium=needed(message.net_call_prem, "net_call_prem"),
        net_put_premium=needed(message.net_put_prem, "net_put_prem"),
        net_call_volume=message.net_call_vol,
        net_put_volume=message.net_put_vol,
    )


@endpoint("greek_flow", model=GreekFlowRow, topic="options.greek-flow")
def greek_flow(row: GreekFlowRow, answer: Answer) -> Iterator[GreekFlow]:
    """{"ticker":"SPY","timestamp":"2024-10-28T18:46:00Z","dir_delta_flow":"-43593.96","total_vega_flow":"350944.58","volume":12348,...}"""
    yield from _greek_flow(row, answer, None)


@endpoint("greek_flow_expiry", model=GreekFlowExpiryRow, topic="options.greek-flow")
def greek_flow_of_an_expiry(row: GreekFlowExpiryRow, answer: Answer) -> Iterator[GreekFlow]:
    """{"ticker":"SPY","expiry":"2024-10-28","timestamp":"2024-10-28T18:46:00Z","dir_delta_flow":"-43593.96",...}"""
    yield from _greek_flow(row, answer, day(row.expiry, "expiry"))


def _greek_flow(row: Any, answer: Answer, expiry: int | None) -> Iterator[GreekFlow]:
    moment_us = answer.happened(row.timestamp, "timestamp")
    if trading_day(moment_us) < answer.asked_session:  # the vendor may answer with an earlier session
        return
    yield GreekFlow(
        symbol=name(row.ticker, "ticker"),
        **answer.at(moment_us),
        expiry=expiry,
        directional_delta=row.dir_delta_flow,
        directional_vega=row.dir_vega_flow,
        total_delta=row.total_delta_flow,
        total_vega=row.total_vega_flow,
        otm_directional_delta=row.otm_dir_delta_flow,
        otm_directional_vega=row.otm_dir_vega_flow,
        otm_total_delta=row.otm_total_delta_flow,
        otm_total_vega=row.otm_total_vega_flow,
        trade_count=row.transactions,
        volume=row.volume,
    )


@endpoint("flow_per_strike", model=FlowPerStrikeRow, topic=BY_STRIKE)
def flow_of_a_strike(row: FlowPerStrikeRow, answer: Answer) -> Iterator[FlowByStrike]:
    """{"ticker":"BABA","strike":"70.0","date":"2024-01-22","timestamp":"2024-01-22T15:59:00-05:00","call_premium":"9908777.0",...}"""
    yield _flow_of_a_strike(row, answer, cumulative=True)


@endpoint("flow_per_strike_intraday", model=FlowPerStrikeRow, topic=BY_STRIKE)
def flow_of_a_strike_and_minute(row: FlowPerStrikeRow, answer: Answer) -> Iterator[FlowByStrike]:
    """{"ticker":"BABA","strike":"70.0","date":"2024-01-22","timestamp":"2024-01-22T09:30:00-05:00","call_premium":"9908777.0",...}"""
    yield _flow_of_a_strike(row, answer, cumulative=False)


@endpoint("flow_per_expiry", model=FlowPerExpiryRow, topic=BY_STRIKE)
def flow_of_an_expiry(row: FlowPerExpiryRow, answer: Answer) -> Iterator[FlowByStrike]:
    """{"ticker":"BABA","expiry":"2024-01-26","date":"2024-01-22","call_premium":"5839180","call_otm_premium":"3885339",...}"""
    session = needed(row.date, "date")
    if session < answer.asked_session:  # the vendor may answer with an earlier session
        return
    yield _flow(row, name(row.ticker, "ticker"), answer.at(answer.began(session, "date")), session, cumulative=True, expiry=row.expiry)


def _flow_of_a_strike(row: FlowPerStrikeRow, answer: Answer, *, cumulative: bool) -> FlowByStrike:
    strike = above_zero(row.strike, "strike")
    stamped = answer.at(answer.happened(row.timestamp, "timestamp"))
    return _flow(row, name(row.ticker, "ticker"), stamped, row.date, cumulative=cumulative, strike=strike)


def _flow(
    row: Any, symbol: str, stamped: Stamped, session: Any, *, cumulative: bool, strike: float | None = None, expiry: Any = None
) -> FlowByStrike:
    of_right = {f"{right}_{field}": getattr(row, f"{right}_{field}") for right in ("call", "put") for field in _OF_BOTH}
    if strike is None:
        needed(expiry, "expiry")
        of_right |= {f"{right}_{field}": getattr(row, f"{right}_{field}") for right in ("call", "put") for field in _OF_MONEYNESS}
    return FlowByStrike(
        symbol=symbol,
        **stamped,
        session_date=day(session, "date"),
        cumulative=cumulative,
        strike=strike,
        expiry=optional_day(expiry),
        **of_right,
    )
