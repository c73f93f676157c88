"""Answers about single trades: option trades, flow alerts, and one contract's trades and minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np

from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.unusual_whales_chain import SHARES_A_CONTRACT
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_market import FlowAlert
from infra.vendorsim.unusual_whales_tape import ASK, BID, MID
from infra.vendorsim.unusual_whales_wire import rest_alert, rest_trade, text, utc

_ALERT_FILTERS = (
    "ticker_symbol:s newer_than:m older_than:m limit:i<=200=100 min_premium:n max_premium:n min_size:i max_size:i is_call:b is_put:b"
    " is_ask_side:b is_bid_side:b is_sweep:b is_floor:b all_opening:b rule_name[]:s min_dte:i max_dte:i min_volume:i max_volume:i"
    " min_open_interest:i max_open_interest:i issue_types[]:s is_otm:b min_volume_oi_ratio:n"
)


@endpoint("/api/option-trades/flow-alerts", _ALERT_FILTERS)
def flow_alerts(asked: Asked) -> Any:
    newer, older = asked.between()
    symbol = asked.values.get("ticker_symbol")
    if symbol is not None:
        asked.day_of(symbol)
    rows: list[dict[str, Any]] = []
    for alert in reversed(asked.market.alerts_before(older, symbol)):
        if alert.created_us <= newer or len(rows) == asked.values["limit"]:
            break
        row = rest_alert(asked.market.day(alert.symbol), alert)
        if _alert_fits(asked, row):
            rows.append(row)
    return {"data": rows}


@endpoint("/api/stock/{ticker}/flow-alerts", "limit:i<=200=100 is_ask_side:b is_bid_side:b")
def ticker_flow_alerts(asked: Asked) -> Any:
    day = asked.day
    alerts: Iterable[FlowAlert] = reversed([alert for alert in day.alerts if alert.created_us < asked.now_us])
    rows = [row for alert in alerts if _alert_fits(asked, row := rest_alert(day, alert))]
    return {"data": rows[: asked.values["limit"]]}


def _alert_fits(asked: Asked, row: dict[str, Any]) -> bool:
    wanted, premium = asked.values, float(row["total_premium"])
    asks = float(row["total_ask_side_prem"]) >= float(row["total_bid_side_prem"])
    days = (date.fromisoformat(row["expiry"]) - asked.market.date).days
    in_the_money = (float(row["underlying_price"]) > float(row["strike"])) == (row["type"] == "call")
    bounds = {
        "premium": premium, "size": row["total_size"], "dte": days, "volume": row["volume"],
        "open_interest": row["open_interest"], "volume_oi_ratio": float(row["volume_oi_ratio"]),
    }  # fmt: skip
    inside = all(wanted.get(f"min_{name}", value) <= value <= wanted.get(f"max_{name}", value) for name, value in bounds.items())
    refused = (
        (wanted.get("is_call") is False and row["type"] == "call")
        or (wanted.get("is_put") is False and row["type"] == "put")
        or (wanted.get("is_ask_side") is False and asks)
        or (wanted.get("is_bid_side") is False and not asks)
        or (wanted.get("is_sweep") is True and not row["has_sweep"])
        or (wanted.get("is_floor") is True and not row["has_floor"])
        or (wanted.get("all_opening") is True and not row["all_opening_trades"])
        or (wanted.get("is_otm") is True and in_the_money)
        or ("rule_name[]" in wanted and row["alert_rule"] not in wanted["rule_name[]"])
        or ("issue_types[]" in wanted and row["issue_type"] not in wanted["issue_types[]"])
    )
    return inside and not refused


@endpoint("/api/option-trades", "limit:i<=500=50 ticker_symbol:s newer_than:m older_than:m min_premium:n min_size:i")
def option_trades(asked: Asked) -> Any:
    newer, older = asked.between()
    symbols = [asked.values["ticker_symbol"]] if "ticker_symbol" in asked.values else list(asked.market.underlyings)
    found = []
    for symbol in symbols:
        day = asked.day_of(symbol)
        positions = np.arange(int(np.searchsorted(day.tape.ts_ms, newer // 1_000, "right")), day.tape.before(-(-older // 1_000)))
        fits = (day.tape.premium[positions] >= asked.values.get("min_premium", 0)) & (
            day.tape.size[positions] >= asked.values.get("min_size", 0)
        )
        found += [(int(day.tape.ts_ms[at]), day, int(at)) for at in positions[fits][-asked.values["limit"] :]]
    found.sort(key=lambda entry: -entry[0])
    return {"data": [rest_trade(day, position) for _, day, position in found[: asked.values["limit"]]]}


@endpoint("/api/option-contract/{id}/flow", "side:s=ALL min_premium:n limit:i<=500 date:d")
def contract_flow(asked: Asked) -> Any:
    day, contract = asked.contract()
    until = 0 if asked.other_date else day.tape.before(asked.now_ms)
    positions = np.flatnonzero(day.tape.contract[:until] == contract)
    side = {"ASK": ASK, "BID": BID, "MID": MID}.get(asked.values["side"])
    if side is not None:
        positions = positions[day.tape.side[positions] == side]
    positions = positions[day.tape.premium[positions] >= asked.values.get("min_premium", 0)][::-1]
    return {"data": [rest_trade(day, int(position)) for position in positions[: asked.values.get("limit", 500)]]}


@endpoint("/api/option-contract/{id}/intraday", "date:d")
def contract_intraday(asked: Asked) -> Any:
    day, contract = asked.contract()
    tape = day.tape
    until = 0 if asked.other_date else tape.before(asked.now_ms // MINUTE_MS * MINUTE_MS)
    positions = np.flatnonzero(tape.contract[:until] == contract)
    minutes = tape.ts_ms[positions] // MINUTE_MS
    rows = []
    for minute in np.unique(minutes):
        inside = positions[minutes == minute]
        size, premium, side, price = tape.size[inside], tape.premium[inside], tape.side[inside], tape.price[inside]
        row: dict[str, Any] = {
            "avg_price": text(premium.sum() / size.sum() / SHARES_A_CONTRACT, 20), "open": text(price[0]), "close": text(price[-1]),
            "high": text(price.max()), "low": text(price.min()), "iv_high": text(tape.volatility[inside].max(), 8),
            "iv_low": text(tape.volatility[inside].min(), 8), "expiry": day.chain.expiries[day.chain.expiry_number[contract]].isoformat(),
            "option_symbol": day.chain.symbols[contract], "start_time": utc(int(minute) * MINUTE_MS * 1_000),
            "volume_multi": int((size * tape.multi[inside]).sum()), "volume_stock_multi": int((size * tape.stock_multi[inside]).sum()),
        }  # fmt: skip
        for number, name in enumerate(("ask_side", "bid_side", "mid_side", "no_side")):
            row[f"premium_{name}"] = text(premium[side == number].sum())
            row[f"volume_{name}"] = int(size[side == number].sum())
        rows.append(row)
    return {"data": rows}
