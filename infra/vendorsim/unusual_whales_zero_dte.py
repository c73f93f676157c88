"""Net premium by minute of options that expire soon, by kind of underlying and by moneyness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.unusual_whales_chain import SHARES_A_CONTRACT
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_flow import directed_sizes, minutes_of
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_wire import utc

_AT_THE_MONEY = 0.0025
_KINDS = {"all": (True, False), "equity_only": (False,), "etf_only": (True,), "index_only": ()}
_EXPIRATIONS = ("weekly", "zero_dte")


@endpoint("/api/net-flow/expiry", "date:d moneyness:s tide_type:s expiration:s")
def net_flow_by_expiry(asked: Asked) -> Any:
    """Running sums from the opening; one group for each kind of underlying and moneyness asked for."""
    wanted = {name: asked.values.get(name, "all").split(",") for name in ("moneyness", "tide_type")}
    expirations = asked.values["expiration"].split(",") if "expiration" in asked.values else list(_EXPIRATIONS)
    groups = [
        {"data": _points(asked, kind, moneyness, expirations), "moneyness": moneyness, "tide_type": kind}
        for kind in wanted["tide_type"]
        for moneyness in wanted["moneyness"]
    ]
    return {"data": groups, "date": asked.market.date.isoformat(), "expiration": expirations, **wanted}


def _points(asked: Asked, kind: str, moneyness: str, expirations: list[str]) -> list[dict[str, Any]]:
    days = [asked.market.day(symbol) for symbol, stock in asked.market.underlyings.items() if stock.is_index in _KINDS.get(kind, ())]
    totals, minutes = np.zeros((3, 24 * 60)), 0
    for day in days:
        until, minute, minutes = minutes_of(day, 0 if asked.other_date else asked.now_ms)
        contract = day.tape.contract[:until]
        calls = day.chain.is_call[contract]
        directed = directed_sizes(day, until) * _moneyness(day, until, moneyness) * _expiring(day, until, expirations)
        premium = directed * day.tape.price[:until] * SHARES_A_CONTRACT
        for place, weight in enumerate((premium * calls, premium * ~calls, directed * np.where(calls, 1, -1))):
            totals[place, :minutes] += np.bincount(minute, weight, minutes)
    if not minutes:
        return []
    running = np.cumsum(totals, axis=1)
    reference = asked.market.day("SPY").underlying
    return [
        {
            "date": asked.market.date.isoformat(), "net_call_premium": round(float(running[0, number]), 2),
            "net_put_premium": round(float(running[1, number]), 2), "net_volume": float(running[2, number]),
            "timestamp": utc((reference.open_ms + number * MINUTE_MS) * 1_000),
            "underlying_price": reference.price_at(reference.open_ms + number * MINUTE_MS),
        }
        for number in range(minutes)
    ]  # fmt: skip


def _moneyness(day: OptionDay, until: int, wanted: str) -> NDArray[np.bool_]:
    strikes, calls, spot = day.chain.strike[day.tape.contract[:until]], day.chain.is_call[day.tape.contract[:until]], day.tape.spot[:until]
    near = np.abs(strikes / spot - 1) <= _AT_THE_MONEY
    outside = np.where(calls, strikes > spot, strikes < spot)
    return {"all": np.ones(until, dtype=bool), "atm": near, "otm": outside & ~near, "itm": ~outside & ~near}.get(wanted, np.zeros(until, dtype=bool))


def _expiring(day: OptionDay, until: int, wanted: list[str]) -> NDArray[np.bool_]:
    """Tell which trades are in options of today (``zero_dte``) or of the next seven days (``weekly``)."""
    left = np.array([(expiry - day.underlying.day).days for expiry in day.chain.expiries])
    taken = ((left == 0) & ("zero_dte" in wanted)) | ((left <= 7) & ("weekly" in wanted))
    return np.asarray(taken[day.chain.expiry_number[day.tape.contract[:until]]], dtype=bool)
