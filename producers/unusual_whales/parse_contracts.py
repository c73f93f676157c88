"""Rows of option chains: contracts with quote, greeks, volume and open interest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.clock import to_microseconds
from infra.errors import Permanent
from infra.market_calendar import trading_day
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import contract_of, day, name
from producers.unusual_whales.models.option_chains import OptionChainsRow
from producers.unusual_whales.models.rest_market import GreeksRow, OptionActivityUnusualRow, OptionContractsRow
from schemas.records import OptionContract

TOPIC = "options.contracts"


@endpoint("option_contracts", model=OptionContractsRow, topic=TOPIC)
def contract_row(row: OptionContractsRow, answer: Answer) -> Iterator[OptionContract]:
    """{"option_symbol":"AAPL240202P00185000","nbbo_bid":"0","nbbo_ask":"0.01","volume":132276,"open_interest":22868,"delta":"-0.187",...}"""
    yield _contract(
        answer, answer.ticker, row.option_symbol, None,
        bid=row.nbbo_bid, ask=row.nbbo_ask, last_price=row.last_price, high=row.high_price, low=row.low_price,
        average_price=row.avg_price, implied_volatility=row.implied_volatility,
        delta=row.delta, gamma=row.gamma, theta=row.theta, vega=row.vega, rho=row.rho,
        ts_last_trade=None if row.last_tape_time is None else to_microseconds(row.last_tape_time),
        volume=row.volume, open_interest=row.open_interest, previous_open_interest=row.prev_oi, premium=row.total_premium,
        ask_volume=row.ask_volume, bid_volume=row.bid_volume, mid_volume=row.mid_volume, no_side_volume=row.no_side_volume,
        multi_leg_volume=row.multi_leg_volume, stock_multi_leg_volume=row.stock_multi_leg_volume,
        sweep_volume=row.sweep_volume, floor_volume=row.floor_volume, cross_volume=row.cross_volume,
    )  # fmt: skip


@endpoint("option_chains", model=OptionChainsRow, topic=TOPIC, texts=True)
def chain_row(row: OptionChainsRow, answer: Answer) -> Iterator[OptionContract]:
    """{"option_symbol":"AAPL231020C00185000","nbbo_bid":4.35,"nbbo_ask":4.45,...}, asked with ``greeks=true``.

    Without it the rows are symbols alone. The endpoint takes no expiry; the option ``max_dte`` leaves out what expires in more than so many days.
    """
    expiry = contract_of(row.option_symbol, "option_symbol", row.strike, row.expires, row.option_type).expiry
    longest = answer.options.get("max_dte")
    if longest is not None and (expiry - trading_day(answer.stamps.received_us)).days > _days(longest):
        return
    yield _contract(
        answer, answer.ticker, row.option_symbol, None,
        bid=row.nbbo_bid, ask=row.nbbo_ask, implied_volatility=row.implied_volatility,
        delta=row.delta, gamma=row.gamma, theta=row.theta, vega=row.vega, rho=row.rho,
        ts_last_trade=None if row.last_tape_time is None else to_microseconds(row.last_tape_time),
        volume=row.volume, open_interest=row.open_interest,
    )  # fmt: skip


@endpoint("atm_chains", "screener_option_contracts", "option_activity_unusual", model=OptionActivityUnusualRow, topic=TOPIC)
def active_contract(row: OptionActivityUnusualRow, answer: Answer) -> Iterator[OptionContract]:
    """{"option_symbol":"TSLA230908C00255000","close":"0.03","volume":264899,"open_interest":18680,"stock_price":"247.94",...}"""
    contract = contract_of(row.option_symbol, "option_symbol", row.strike, row.expiry, row.option_type)
    yield _contract(
        answer, answer.parameters.get("ticker") or contract.underlying, row.option_symbol, None,
        last_price=row.close, open=row.open, high=row.high, low=row.low, average_price=row.avg_price,
        previous_close=row.chain_prev_close, underlying_price=row.stock_price,
        ts_last_trade=None if row.last_fill is None else to_microseconds(row.last_fill),
        volume=row.volume, open_interest=row.open_interest, premium=row.premium, trade_count=row.trades,
        ask_volume=row.ask_side_volume, bid_volume=row.bid_side_volume, mid_volume=row.mid_volume, no_side_volume=row.no_side_volume,
        multi_leg_volume=row.multileg_volume, stock_multi_leg_volume=row.stock_multi_leg_volume,
        sweep_volume=row.sweep_volume, floor_volume=row.floor_volume, cross_volume=row.cross_volume,
    )  # fmt: skip


@endpoint("greeks", model=GreeksRow, topic=TOPIC)
def call_and_put(row: GreeksRow, answer: Answer) -> Iterator[OptionContract]:
    """{"date":"2024-01-01","strike":"480.0","call_option_symbol":"SPY240105C00480000","call_delta":"0.5","put_delta":"-0.51",...}"""
    for right in ("call", "put"):
        symbol_field = f"{right}_option_symbol"
        symbol = getattr(row, symbol_field)
        if symbol is None:  # a strike with one right only
            continue
        contract_of(symbol, symbol_field, row.strike, row.expiry, right)
        greeks = {greek: getattr(row, f"{right}_{greek}") for greek in ("delta", "gamma", "theta", "vega", "rho", "charm", "vanna")}
        volatility = getattr(row, f"{right}_volatility")
        yield _contract(answer, answer.ticker, symbol, row.date, symbol_field, implied_volatility=volatility, **greeks)


def _days(text: str) -> int:
    if not text.isdecimal():
        raise Permanent(f"option max_dte: expected a number of days, found {text}", "max_dte")
    return int(text)


def _contract(
    answer: Answer, symbol: str, option_symbol: str | None, session: date | None, path: str = "option_symbol", **values: Any
) -> OptionContract:
    contract = contract_of(option_symbol, path)
    return OptionContract(
        symbol=symbol,
        **answer.at(answer.now_or(session, "date")),
        option_symbol=name(option_symbol, path),
        expiry=day(contract.expiry, path),
        strike=contract.strike,
        right=contract.right,
        **values,
    )
