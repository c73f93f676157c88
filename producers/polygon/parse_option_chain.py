"""Option chain snapshots: every contract with quote, volatility, greeks, volume and open interest (ING-03)."""

from __future__ import annotations

from datetime import date
from typing import Any

from infra.market_calendar import trading_day
from producers.polygon.field import LARGEST_LONG, day, misfit, optional_count, optional_number, optional_whole, part, positive, text
from producers.polygon.row_transform import Answer, row_transform
from schemas.instruments import option_symbol
from schemas.records import OptionContract, OptionRight

_RIGHTS = {"call": OptionRight.CALL, "put": OptionRight.PUT}
_NANOSECONDS = 1_000
_EPOCH = date(1970, 1, 1).toordinal()


@row_transform("option_chain", topic="options.contracts")
def contract(row: Any, answer: Answer, path: str) -> OptionContract:
    """{"details":{"contract_type":"call","expiration_date":"2023-06-16","strike_price":150,"ticker":"O:AAPL230616C00150000"},"day":{...},...}

    Greeks, volatility and quote are absent where the vendor or our plan has none. ``day`` is the last session in which the contract
    traded: of an earlier one, nothing of it is today's.
    """
    details, quote, trade, greeks = (part(row, name, path) for name in ("details", "last_quote", "last_trade", "greeks"))
    name = text(details, "ticker", f"{path}.details").removeprefix("O:")
    try:
        said = option_symbol(name)
    except ValueError:
        raise misfit(f"{path}.details.ticker", "an option symbol like O:SPY250516C00590000", name) from None
    expiry, strike = day(details, "expiration_date", f"{path}.details"), positive(details, "strike_price", f"{path}.details")
    right = _RIGHTS.get(text(details, "contract_type", f"{path}.details"))
    if (expiry, strike, right) != (said.expiry, said.strike, said.right):
        raise misfit(f"{path}.details", f"what {name} says", (str(expiry), strike, right))
    session = part(row, "day", path)
    updated = optional_whole(session, "last_updated", f"{path}.day", LARGEST_LONG)
    if updated is None or trading_day(updated // _NANOSECONDS) != trading_day(answer.stamps.received_us):
        session = {}
    traded = optional_whole(trade, "sip_timestamp", f"{path}.last_trade", LARGEST_LONG)
    underlying = part(row, "underlying_asset", path)

    def of_session(field: str) -> float | None:
        return optional_number(session, field, f"{path}.day")

    return OptionContract(
        symbol=answer.asked("ticker"),
        **answer.at(answer.stamps.received_us),
        option_symbol=name,
        expiry=expiry.toordinal() - _EPOCH,
        strike=strike,
        right=said.right,
        bid=optional_number(quote, "bid", f"{path}.last_quote"),
        ask=optional_number(quote, "ask", f"{path}.last_quote"),
        last_price=optional_number(trade, "price", f"{path}.last_trade"),
        open=of_session("open"),
        high=of_session("high"),
        low=of_session("low"),
        average_price=of_session("vwap"),
        previous_close=of_session("previous_close"),
        underlying_price=optional_number(underlying, "price", f"{path}.underlying_asset"),
        implied_volatility=optional_number(row, "implied_volatility", path),
        delta=optional_number(greeks, "delta", f"{path}.greeks"),
        gamma=optional_number(greeks, "gamma", f"{path}.greeks"),
        theta=optional_number(greeks, "theta", f"{path}.greeks"),
        vega=optional_number(greeks, "vega", f"{path}.greeks"),
        ts_last_trade=None if traded is None else traded // _NANOSECONDS,
        volume=optional_count(session, "volume", f"{path}.day"),
        open_interest=optional_count(row, "open_interest", path),
    )
