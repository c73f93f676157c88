"""Numbers, moments, trades and alerts as the vendor writes them: decimal strings over REST, a mixture over WebSocket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infra.clock import to_datetime
from infra.market_calendar import NEW_YORK
from infra.vendorsim.unusual_whales_market import RULES, FlowAlert, OptionDay
from infra.vendorsim.unusual_whales_tape import ASK, BID, EXCHANGES, MID, NO_SIDE

_SIDE_TAGS = {ASK: "ask_side", BID: "bid_side", MID: "mid_side", NO_SIDE: "no_side"}
_RULE_IDS = tuple(f"{number:08d}-fcd9-44fe-9d1c-f53521c152c3" for number in range(len(RULES)))
_INDUSTRIES = ("Semiconductors", "Software", "Biotechnology", "Shipping", "Internet Retail", "Medical Devices")
SECTORS = ("Technology", "Healthcare", "Consumer Cyclical", "Industrials", "Communication Services", "Basic Materials")


def text(value: float, digits: int = 2) -> str:
    """Return a decimal string with a fixed number of digits, never "-0.00"."""
    return f"{float(value):z.{digits}f}"  # numpy's own numbers take ten times as long to round, and an answer has thousands


def plain(value: float) -> str:
    """Return a decimal string without needless zeros: 355, 152.5."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def precise(value: float) -> str:
    """Return a decimal string with all the digits of a Greek, never an exponent."""
    return f"{value:.16f}"


def utc(moment_us: int, *, fraction: bool = False) -> str:
    """Return a moment as ISO 8601 in UTC with Z."""
    return to_datetime(moment_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if fraction else "%Y-%m-%dT%H:%M:%SZ")


def eastern(moment_ms: int) -> str:
    """Return a moment as ISO 8601 with New York's offset, as market tide has it."""
    return datetime.fromtimestamp(moment_ms // 1_000, NEW_YORK).isoformat()


def sector(day: OptionDay) -> str:
    return SECTORS[day.underlying.number % len(SECTORS)]


def issue_type(day: OptionDay) -> str:
    return "ETF" if day.underlying.is_index else "Common Stock"


def market_capitalisation(day: OptionDay) -> float:
    """Return a made-up value in US dollars, large for the large caps."""
    return day.underlying.previous_close * (2e7 if day.underlying.volatility > 1 else 1.1e10)


def stream_trade(day: OptionDay, position: int) -> dict[str, Any]:
    """Return a trade as the channel option_trades sends it: milliseconds, decimal strings, integer volumes."""
    tape, chain = day.tape, day.chain
    contract = tape.contract[position]
    return {
        "id": day.trade_id(position),
        "underlying_symbol": day.underlying.symbol,
        "executed_at": int(tape.ts_ms[position]),
        "nbbo_bid": plain(tape.bid[position]),
        "nbbo_ask": plain(tape.ask[position]),
        "size": int(tape.size[position]),
        "price": plain(tape.price[position]),
        "option_symbol": chain.symbols[contract],
        "created_at": int(tape.ts_ms[position] + tape.delay_ms[position]),
        "report_flags": [],
        "tags": _tags(day, position),
        "expiry": chain.expiries[chain.expiry_number[contract]].isoformat(),
        "option_type": "call" if chain.is_call[contract] else "put",
        "open_interest": int(chain.open_interest[contract]),
        "strike": plain(chain.strike[contract]),
        "premium": text(tape.premium[position]),
        "volume": int(tape.total[position]),
        "underlying_price": plain(tape.spot[position]),
        "ewma_nbbo_ask": plain(tape.ask[position]),
        "ewma_nbbo_bid": plain(tape.bid[position]),
        "implied_volatility": precise(tape.volatility[position]),
        "delta": precise(tape.greeks.delta[position]),
        "theta": precise(tape.greeks.theta[position]),
        "gamma": precise(tape.greeks.gamma[position]),
        "vega": precise(tape.greeks.vega[position]),
        "rho": precise(tape.greeks.rho[position]),
        "theo": precise(max(tape.greeks.value[position], 0.0)),
        "trade_code": _trade_code(day, position),
        "exchange": EXCHANGES[tape.exchange[position]],
        "ask_vol": int(tape.total_by_side[ASK][position]),
        "bid_vol": int(tape.total_by_side[BID][position]),
        "no_side_vol": int(tape.total_by_side[NO_SIDE][position]),
        "mid_vol": int(tape.total_by_side[MID][position]),
        "multi_vol": int(tape.total_multi[position]),
        "stock_multi_vol": int(tape.total_stock_multi[position]),
    }


def rest_trade(day: OptionDay, position: int) -> dict[str, Any]:
    """Return a trade as ``/api/option-trades`` shows it: the stream's fields under other names, and what is known of the company."""
    row = stream_trade(day, position)
    is_index = day.underlying.is_index
    for key in ("option_symbol", "created_at", "trade_code"):
        del row[key]
    return row | {
        "canceled": False,
        "er_time": "unknown" if is_index else "postmarket",
        "executed_at": utc(int(day.tape.ts_ms[position]) * 1_000, fraction=True),
        "flow_alert_id": None,
        "full_name": day.underlying.symbol + (" TRUST" if is_index else " CORP"),
        "industry_type": _INDUSTRIES[day.underlying.number % len(_INDUSTRIES)],
        "marketcap": text(market_capitalisation(day)),
        "next_earnings_date": None if is_index else f"{day.underlying.day.year + 1}-01-28",
        "option_chain_id": day.chain.symbols[day.tape.contract[position]],
        "rule_id": None,
        "sector": sector(day),
        "strike": text(day.chain.strike[day.tape.contract[position]], 10),
        "upstream_condition_detail": _trade_code(day, position),
    }


def stream_alert(day: OptionDay, alert: FlowAlert) -> dict[str, Any]:
    """Return an alert as the channel flow-alerts sends it: milliseconds, floats, NBBO as strings."""
    tape, trades = day.tape, alert.trades
    first, last = int(trades[0]), int(trades[-1])
    contract = tape.contract[last]
    on_ask, on_bid = tape.side[trades] == ASK, tape.side[trades] == BID
    interest, volume = int(day.chain.open_interest[contract]), int(tape.total[last])
    return {
        "rule_id": _RULE_IDS[alert.rule],
        "rule_name": RULES[alert.rule],
        "ticker": alert.symbol,
        "option_chain": day.chain.symbols[contract],
        "underlying_price": float(tape.spot[last]),
        "volume": volume,
        "total_size": int(tape.size[trades].sum()),
        "total_premium": round(float(tape.premium[trades].sum()), 2),
        "total_ask_side_prem": round(float(tape.premium[trades][on_ask].sum()), 2),
        "total_bid_side_prem": round(float(tape.premium[trades][on_bid].sum()), 2),
        "start_time": int(tape.ts_ms[first]),
        "end_time": int(tape.ts_ms[last]),
        "url": "",
        "price": float(tape.price[last]),
        "has_multileg": False,
        "has_sweep": alert.has_sweep,
        "has_floor": alert.has_floor,
        "open_interest": interest,
        "all_opening_trades": bool(on_ask.all()) and volume > interest,
        "id": alert.identity,
        "has_singleleg": True,
        "volume_oi_ratio": round(volume / interest, 6) if interest else 0.0,
        "trade_ids": [day.trade_id(int(position)) for position in trades],
        "trade_count": len(trades),
        "expiry_count": 1,
        "executed_at": int(tape.ts_ms[last]),
        "ask_vol": int(tape.total_by_side[ASK][last]),
        "bid_vol": int(tape.total_by_side[BID][last]),
        "no_side_vol": int(tape.total_by_side[NO_SIDE][last]),
        "mid_vol": int(tape.total_by_side[MID][last]),
        "multi_vol": int(tape.total_multi[last]),
        "stock_multi_vol": int(tape.total_stock_multi[last]),
        "upstream_condition_details": sorted({_trade_code(day, int(position)) for position in trades}),
        "exchanges": sorted({EXCHANGES[number] for number in tape.exchange[trades]}),
        "bid": plain(tape.bid[last]),
        "ask": plain(tape.ask[last]),
    }


def rest_alert(day: OptionDay, alert: FlowAlert) -> dict[str, Any]:
    """Return an alert as ``/api/option-trades/flow-alerts`` shows it."""
    row = stream_alert(day, alert)
    contract = day.tape.contract[alert.trades[-1]]
    kept = ("all_opening_trades", "expiry_count", "has_floor", "has_multileg", "has_singleleg", "has_sweep", "open_interest",
            "option_chain", "ticker", "total_size", "trade_count", "volume")  # fmt: skip
    return {key: row[key] for key in kept} | {
        "alert_rule": row["rule_name"],
        "created_at": utc(alert.created_us, fraction=True),
        "expiry": day.chain.expiries[day.chain.expiry_number[contract]].isoformat(),
        "issue_type": issue_type(day),
        "price": plain(row["price"]),
        "strike": plain(day.chain.strike[contract]),
        "total_ask_side_prem": plain(row["total_ask_side_prem"]),
        "total_bid_side_prem": plain(row["total_bid_side_prem"]),
        "total_premium": plain(row["total_premium"]),
        "type": "call" if day.chain.is_call[contract] else "put",
        "underlying_price": plain(row["underlying_price"]),
        "volume_oi_ratio": plain(row["volume_oi_ratio"]),
    }


def _tags(day: OptionDay, position: int) -> list[str]:
    tape = day.tape
    side = int(tape.side[position])
    tags = [_SIDE_TAGS[side]]
    if side in (ASK, BID):
        tags.append("bullish" if (side == ASK) == bool(day.chain.is_call[tape.contract[position]]) else "bearish")
    if day.underlying.is_index:
        tags.append("etf")
    return tags


def _trade_code(day: OptionDay, position: int) -> str:
    if day.tape.multi[position]:
        return "mlet"
    if day.tape.stock_multi[position]:
        return "tlet"
    return "slan" if int(day.tape.identity[position][0]) % 4 == 0 else "auto"
