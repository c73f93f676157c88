"""Answers about contracts: chains, Greeks, open interest and its change, volumes by contract, maximum pain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from infra.vendorsim.black_scholes import Floats
from infra.vendorsim.option_quote import around
from infra.vendorsim.unusual_whales_chain import SHARES_A_CONTRACT, Integers
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_tape import ASK, BID, MID, NO_SIDE
from infra.vendorsim.unusual_whales_wire import plain, sector, text, utc

_CONTRACT_FILTERS = (
    "expiry:d option_type:s vol_greater_oi:b exclude_zero_vol_chains:b exclude_zero_dte:b exclude_zero_oi_chains:b maybe_otm_only:b"
    " min_dte:i max_dte:i option_symbol[]:s limit:i<=500=500 page:i"
)


class Session:
    """What each contract of a chain did in the session until a moment."""

    def __init__(self, day: OptionDay, now_ms: int) -> None:
        tape = day.tape
        until = tape.before(now_ms)
        self.day = day
        self.until = until
        self.volume = tape.by_contract(tape.size, until)
        self.by_side = [tape.by_contract(tape.size, until, tape.side == side) for side in (ASK, BID, MID, NO_SIDE)]
        self.multi = tape.by_contract(tape.size, until, tape.multi)
        self.stock_multi = tape.by_contract(tape.size, until, tape.stock_multi)
        sweeps = np.zeros(len(tape), dtype=bool)
        for alert in day.alerts:
            sweeps[alert.trades] = alert.has_sweep
        self.sweeps = tape.by_contract(tape.size, until, sweeps)
        self.premium = tape.by_contract(tape.premium, until)
        self.trades = tape.by_contract(np.ones(len(tape)), until)
        self.last = np.full(len(day.chain), -1)
        self.last[tape.contract[:until]] = np.arange(until)  # the last assignment stays
        self.first = np.full(len(day.chain), -1)
        self.first[tape.contract[:until][::-1]] = np.arange(until)[::-1]
        self.high, self.low = np.zeros(len(day.chain)), np.full(len(day.chain), np.inf)
        np.maximum.at(self.high, tape.contract[:until], tape.price[:until])
        np.minimum.at(self.low, tape.contract[:until], tape.price[:until])
        self.greeks, self.volatility = day.chain.greeks_at(now_ms)

    def average_price(self, contract: int) -> str:
        return text(self.premium[contract] / self.volume[contract] / SHARES_A_CONTRACT, 20)

    def quote(self, contract: int) -> tuple[float, float]:
        """Return bid and offer around the value of the moment, in cents."""
        return around(float(self.greeks.value[contract]))

    def last_us(self, contract: int) -> int:
        return int(self.day.tape.ts_ms[self.last[contract]]) * 1_000


@endpoint("/api/stock/{ticker}/option-chains", "date:d greeks:b=false")
def option_chains(asked: Asked) -> Any:
    """Symbols alone unless ``greeks=true``, which answers as option-contracts does."""
    day = asked.day
    if asked.other_date:
        return {"data": []}
    if not asked.values["greeks"]:
        return {"data": day.chain.symbols}
    session = Session(day, asked.now_ms)
    return {"data": [_contract_row(session, number) for number in range(len(day.chain))]}


@endpoint("/api/stock/{ticker}/option-contracts", _CONTRACT_FILTERS)
def option_contracts(asked: Asked) -> Any:
    day, wanted = asked.day, asked.values
    session, chain = Session(day, asked.now_ms), day.chain
    days = np.array([(expiry - asked.market.date).days for expiry in chain.expiries])[chain.expiry_number]
    spot = day.underlying.price_at(asked.now_ms)
    keep = (days >= wanted.get("min_dte", 0)) & (days <= wanted.get("max_dte", 10_000))
    if "expiry" in wanted:
        keep &= days == (wanted["expiry"] - asked.market.date).days
    if "option_type" in wanted:
        keep &= chain.is_call == (wanted["option_type"].lower() == "call")
    if "option_symbol[]" in wanted:
        keep &= np.isin(chain.symbols, wanted["option_symbol[]"])
    for name, condition in (
        ("vol_greater_oi", session.volume > chain.open_interest),
        ("exclude_zero_vol_chains", session.volume > 0),
        ("exclude_zero_dte", days > 0),
        ("exclude_zero_oi_chains", chain.open_interest > 0),
        ("maybe_otm_only", np.where(chain.is_call, chain.strike >= spot, chain.strike <= spot)),
    ):
        if wanted.get(name):
            keep &= condition
    ranked = sorted(np.flatnonzero(keep), key=lambda number: (-session.volume[number], number))
    return {"data": [_contract_row(session, int(number)) for number in asked.page(ranked)]}


def _contract_row(session: Session, number: int) -> dict[str, Any]:
    chain, traded = session.day.chain, session.volume[number] > 0
    bid, ask = session.quote(number)
    greeks = session.greeks
    return {
        "ask_volume": int(session.by_side[ASK][number]),
        "avg_price": session.average_price(number) if traded else None,
        "bid_volume": int(session.by_side[BID][number]),
        "cross_volume": 0,
        "delta": text(greeks.delta[number], 4),
        "floor_volume": 0,
        "gamma": text(greeks.gamma[number], 6),
        "high_price": plain(session.high[number]) if traded else None,
        "implied_volatility": text(session.volatility[number], 15),
        "last_price": plain(session.day.tape.price[session.last[number]]) if traded else None,
        "last_tape_time": utc(session.last_us(number)) if traded else None,
        "low_price": plain(session.low[number]) if traded else None,
        "mid_volume": int(session.by_side[MID][number]),
        "multi_leg_volume": int(session.multi[number]),
        "nbbo_ask": plain(ask),
        "nbbo_bid": plain(bid),
        "no_side_volume": int(session.by_side[NO_SIDE][number]),
        "open_interest": int(chain.open_interest[number]),
        "option_symbol": chain.symbols[number],
        "prev_oi": int(chain.previous_open_interest[number]),
        "rho": text(greeks.rho[number], 4),
        "stock_multi_leg_volume": int(session.stock_multi[number]),
        "sweep_volume": int(session.sweeps[number]),
        "theta": text(greeks.theta[number], 4),
        "total_premium": text(session.premium[number]),
        "vega": text(greeks.vega[number], 4),
        "volume": int(session.volume[number]),
    }


@endpoint("/api/stock/{ticker}/atm-chains", "expirations[]*:d")
def atm_chains(asked: Asked) -> Any:
    """The call and the put nearest to the money that traded, of each expiry asked for."""
    day = asked.day
    session, chain = Session(day, asked.now_ms), day.chain
    spot = day.underlying.price_at(asked.now_ms)
    rows = []
    for expiry in asked.values["expirations[]"]:
        if expiry not in chain.expiries:
            continue
        of_expiry = (chain.expiry_number == chain.expiries.index(expiry)) & (session.volume > 0)
        for is_call in (True, False):
            candidates = np.flatnonzero(of_expiry & (chain.is_call == is_call))
            if len(candidates):
                nearest = int(candidates[np.argmin(np.abs(chain.strike[candidates] - spot))])
                rows.append(_activity_row(session, nearest, spot))
    return {"data": rows}


def _activity_row(session: Session, number: int, spot: float) -> dict[str, Any]:
    chain, tape, stock = session.day.chain, session.day.tape, session.day.underlying
    first, last = session.first[number], session.last[number]
    yesterday = chain.greeks(stock.previous_close, stock.open_ms, np.array([number]))[0].value[0]
    return {
        "ask_side_volume": int(session.by_side[ASK][number]),
        "avg_price": session.average_price(number),
        "bid_side_volume": int(session.by_side[BID][number]),
        "chain_prev_close": text(max(float(yesterday), 0.01)),
        "close": text(tape.price[last]),
        "cross_volume": 0,
        "er_time": "unknown",
        "expiry": chain.expiries[chain.expiry_number[number]].isoformat(),
        "floor_volume": 0,
        "high": text(session.high[number]),
        "last_fill": utc(session.last_us(number)),
        "low": text(session.low[number]),
        "mid_volume": int(session.by_side[MID][number]),
        "multileg_volume": int(session.multi[number]),
        "next_earnings_date": None if stock.is_index else f"{stock.day.year + 1}-01-28",
        "no_side_volume": int(session.by_side[NO_SIDE][number]),
        "open": text(tape.price[first]),
        "open_interest": int(chain.open_interest[number]),
        "option_symbol": chain.symbols[number],
        "option_type": "call" if chain.is_call[number] else "put",
        "premium": text(session.premium[number]),
        "sector": None if stock.is_index else sector(session.day),
        "stock_multi_leg_volume": int(session.stock_multi[number]),
        "stock_price": plain(spot),
        "strike": text(chain.strike[number], 1),
        "sweep_volume": int(session.sweeps[number]),
        "ticker_vol": int(session.volume.sum()),
        "total_ask_changes": int(session.trades[number] * 3),
        "total_bid_changes": int(session.trades[number] * 3 + 1),
        "trades": int(session.trades[number]),
        "volume": int(session.volume[number]),
    }


@endpoint("/api/stock/{ticker}/greeks", "date:d expiry*:d")
def greeks(asked: Asked) -> Any:
    chain, expiry = asked.day.chain, asked.values["expiry"]
    if asked.other_date or expiry not in chain.expiries:
        return {"data": []}
    values, volatility = chain.greeks_at(asked.now_ms)
    first = chain.expiries.index(expiry) * len(chain.strikes) * 2
    digits = {"delta": 6, "gamma": 6, "theta": 4, "vega": 4, "rho": 4, "vanna": 4, "charm": 4}
    rows = []
    for place, strike in enumerate(chain.strikes):
        row = {"date": asked.market.date.isoformat(), "expiry": expiry.isoformat(), "strike": text(strike, 1)}
        for right, number in (("call", first + 2 * place), ("put", first + 2 * place + 1)):
            row |= {f"{right}_{name}": text(getattr(values, name)[number], count) for name, count in digits.items()}
            row |= {f"{right}_volatility": text(volatility[number], 6), f"{right}_option_symbol": chain.symbols[number]}
        rows.append(row)
    return {"data": rows}


@endpoint("/api/stock/{ticker}/oi-change", "date:d limit:i<=500=100 page:i order:s=desc")
def oi_change(asked: Asked) -> Any:
    rows = [] if asked.other_date else _oi_rows(asked.day)
    rows.sort(key=lambda row: row["oi_diff_plain"], reverse=asked.values["order"] == "desc")
    return {"data": asked.page(rows)}


@endpoint("/api/market/oi-change", "date:d limit:i<=200=100 order:s=desc")
def market_oi_change(asked: Asked) -> Any:
    rows = [row for symbol in asked.market.underlyings for row in _oi_rows(asked.market.day(symbol))] if not asked.other_date else []
    rows.sort(key=lambda row: row["oi_diff_plain"], reverse=asked.values["order"] == "desc")
    return {"data": rows[: asked.values["limit"]]}


def _oi_rows(day: OptionDay) -> list[dict[str, Any]]:
    """The change of the last night; yesterday's volumes are made from it, so that they cover it."""
    chain, stock = day.chain, day.underlying
    change = chain.open_interest - chain.previous_open_interest
    value = np.maximum(chain.greeks(stock.previous_close, stock.open_ms)[0].value, 0.01)
    yesterday = stock.day - timedelta(days=3 if stock.day.weekday() == 0 else 1)
    before = yesterday - timedelta(days=3 if yesterday.weekday() == 0 else 1)
    volumes = np.abs(change) * 2 + 11
    rows = []
    for rank, number in enumerate(np.argsort(-change, kind="stable"), start=1):
        volume, old = int(volumes[number]), int(chain.previous_open_interest[number])
        asks, bids, multi = volume * 6 // 10, volume * 3 // 10, volume // 8
        rows.append({
            "avg_price": text(value[number], 16), "curr_date": yesterday.isoformat(), "curr_oi": int(chain.open_interest[number]),
            "last_ask": text(value[number] + 0.05), "last_bid": text(max(value[number] - 0.05, 0.01)), "last_date": before.isoformat(),
            "last_fill": text(value[number]), "last_oi": old, "oi_change": text(change[number] / old if old else 0.0, 16),
            "oi_diff_plain": int(change[number]), "option_symbol": chain.symbols[number],
            "percentage_of_total": text(volume / float(volumes.sum()), 16), "prev_ask_volume": asks, "prev_bid_volume": bids,
            "prev_mid_volume": volume - asks - bids, "prev_multi_leg_volume": multi, "prev_neutral_volume": volume - asks - bids,
            "prev_stock_multi_leg_volume": 0, "prev_total_premium": text(volume * value[number] * SHARES_A_CONTRACT), "rnk": rank,
            "trades": volume // 7 + 1, "underlying_symbol": stock.symbol, "volume": volume,
        })  # fmt: skip
    return rows


@endpoint("/api/stock/{ticker}/oi-per-strike", "date:d")
def oi_per_strike(asked: Asked) -> Any:
    day = asked.day
    cube = day.chain.open_interest.reshape(len(day.chain.expiries), len(day.chain.strikes), 2).sum(axis=0)
    rows = [
        {"call_oi": int(call), "date": asked.market.date.isoformat(), "put_oi": int(put), "strike": plain(strike)}
        for strike, (call, put) in zip(day.chain.strikes, cube, strict=True)
    ]
    return {"data": [] if asked.other_date else rows}


@endpoint("/api/stock/{ticker}/oi-per-expiry", "date:d")
def oi_per_expiry(asked: Asked) -> Any:
    day = asked.day
    cube = day.chain.open_interest.reshape(len(day.chain.expiries), len(day.chain.strikes), 2).sum(axis=1)
    rows = [
        {"call_oi": int(call), "date": asked.market.date.isoformat(), "expiry": expiry.isoformat(), "put_oi": int(put)}
        for expiry, (call, put) in zip(day.chain.expiries, cube, strict=True)
    ]
    return {"data": [] if asked.other_date else rows}


@endpoint("/api/stock/{ticker}/expiry-breakdown", "date:d")
def expiry_breakdown(asked: Asked) -> Any:
    return {"data": [] if asked.other_date else [_expiry_row(asked, number) for number in range(len(asked.day.chain.expiries))]}


@endpoint("/api/stock/{ticker}/option/volume-oi-expiry", "date:d")
def volume_oi_expiry(asked: Asked) -> Any:
    rows = [] if asked.other_date else [_expiry_row(asked, number) for number in range(len(asked.day.chain.expiries))]
    return {"data": [{"expires": row["expiry"], "oi": row["open_interest"], "volume": row["volume"]} for row in rows]}


def _expiry_row(asked: Asked, number: int) -> dict[str, Any]:
    day = asked.day
    of_expiry = day.chain.expiry_number == number
    volume = day.tape.by_contract(day.tape.size, day.tape.before(asked.now_ms))
    return {
        "chains": int(of_expiry.sum()), "expiry": day.chain.expiries[number].isoformat(),
        "open_interest": int(day.chain.open_interest[of_expiry].sum()), "volume": int(volume[of_expiry].sum()),
    }  # fmt: skip


@endpoint("/api/stock/{ticker}/max-pain", "date:d")
def max_pain(asked: Asked) -> Any:
    """The strike at which all options of an expiry pay least, by open interest."""
    day, rows = asked.day, []
    cube = day.chain.open_interest.reshape(len(day.chain.expiries), len(day.chain.strikes), 2)
    for expiry, interest in zip(day.chain.expiries, cube, strict=True) if not asked.other_date else ():
        rows.append({"expiry": expiry.isoformat(), "max_pain": plain(_least_paid(day.chain.strikes, interest))})
    return {"data": rows, "date": asked.market.date.isoformat()}


def _least_paid(strikes: Floats, interest: Integers) -> float:
    settled = strikes[:, None]
    paid = np.maximum(settled - strikes, 0) @ interest[:, 0] + np.maximum(strikes - settled, 0) @ interest[:, 1]
    return float(strikes[np.argmin(paid)])
