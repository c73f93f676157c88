"""The screener: one row a stock with the day's option sums, volatility and size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_volatility import interpolated, options_volume, volatility_history
from infra.vendorsim.unusual_whales_wire import issue_type, market_capitalisation, sector, text


@endpoint(
    "/api/screener/stocks",
    "ticker:s issue_types[]:s min_volume:i max_volume:i min_premium:n max_premium:n order:s order_direction:s=desc date:d",
)
def screener(asked: Asked) -> Any:
    """Filters by type, option volume and premium; orders by any of its fields."""
    wanted = asked.values
    tickers = set(wanted["ticker"].split(",")) if "ticker" in wanted else set(asked.market.underlyings)
    rows = [] if asked.other_date else [_row(asked, asked.market.day(symbol)) for symbol in asked.market.underlyings if symbol in tickers]
    rows = [row for row in rows if _fits(row, wanted)]
    order = wanted.get("order", "premium")
    rows.sort(key=lambda row: (_amount(row, order), row["ticker"]), reverse=wanted["order_direction"] == "desc")
    return {"data": rows}


def _fits(row: dict[str, Any], wanted: Any) -> bool:
    volume, premium = _amount(row, "volume"), _amount(row, "premium")
    return bool(
        row["issue_type"] in wanted.get("issue_types[]", [row["issue_type"]])
        and wanted.get("min_volume", 0) <= volume <= wanted.get("max_volume", volume)
        and wanted.get("min_premium", 0) <= premium <= wanted.get("max_premium", premium)
    )


def _amount(row: dict[str, Any], name: str) -> float:
    if name in ("volume", "premium"):
        return float(row[f"call_{name}"]) + float(row[f"put_{name}"])
    value = row.get(name)
    return float(value) if isinstance(value, (int, float)) or (isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit()) else 0.0


def _row(asked: Asked, day: OptionDay) -> dict[str, Any]:
    stock, chain = day.underlying, day.chain
    about = replace(asked, place={"ticker": stock.symbol}, values={"limit": 1})
    row: dict[str, Any] = dict(options_volume(about)["data"][0])
    history = volatility_history(about, day)
    month = next(entry for entry in interpolated(about)["data"] if entry["days"] == 30)
    price = stock.price_at(asked.now_ms)
    calls = chain.is_call
    before = {right: int(chain.previous_open_interest[of_right].sum()) for right, of_right in (("call", calls), ("put", ~calls))}
    expected = sum(float(row[f"avg_30_day_{right}_volume"]) for right in ("call", "put"))
    traded = row["call_volume"] + row["put_volume"]
    return row | {
        "close": text(price), "er_time": "unknown", "implied_move": text(float(month["implied_move_perc"]) * price, 4),
        "implied_move_perc": month["implied_move_perc"], "is_index": False, "issue_type": issue_type(day),
        "iv30d": text(history[0], 4), "iv30d_1d": text(history[1], 4), "iv30d_1m": text(history[21], 4), "iv30d_1w": text(history[5], 4),
        "iv_rank": text((history[0] - history.min()) / (history.max() - history.min()) * 100, 4),
        "marketcap": text(market_capitalisation(day), 0), "next_dividend_date": None,
        "next_earnings_date": None if stock.is_index else f"{asked.market.date.year + 1}-01-28", "prev_call_oi": before["call"],
        "prev_close": text(stock.previous_close), "prev_put_oi": before["put"],
        "put_call_ratio": text(row["put_volume"] / row["call_volume"], 4) if row["call_volume"] else None,
        "relative_volume": text(traded / expected, 4) if expected else None, "sector": None if stock.is_index else sector(day),
        "ticker": stock.symbol, "total_open_interest": row["call_open_interest"] + row["put_open_interest"],
        "volatility": text(history[0] * 0.85, 4), "week_52_high": text(max(stock.previous_close, price) * 1.3),
        "week_52_low": text(min(stock.previous_close, price) * 0.6),
    }  # fmt: skip
