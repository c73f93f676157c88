"""Answers about volatility: term structure, rank, skew, interpolated and realised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from infra.vendorsim.black_scholes import Floats
from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.unusual_whales_endpoint import Asked, Misfit, endpoint
from infra.vendorsim.unusual_whales_exposures import drift, session_days
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_wire import plain, text, utc

_HORIZONS = (1, 5, 7, 14, 30, 60, 90, 180, 365)
_DELTAS = ("10", "25")


def at_the_money(day: OptionDay, now_ms: int) -> Floats:
    """Return the volatility at the money by expiry."""
    chain, spot = day.chain, day.underlying.price_at(now_ms)
    nearest = int(chain.nearest_strike(np.array([spot]))[0])
    _, volatility = chain.greeks_at(now_ms)
    return volatility.reshape(len(chain.expiries), len(chain.strikes), 2)[:, nearest, 0]


@endpoint("/api/stock/{ticker}/volatility/term-structure", "date:d")
def term_structure(asked: Asked) -> Any:
    day, today = asked.day, asked.market.date
    spot, volatility = day.underlying.price_at(asked.now_ms), at_the_money(day, asked.now_ms)
    rows = []
    for expiry, value in zip(day.chain.expiries, volatility, strict=True) if not asked.other_date else ():
        days = (expiry - today).days
        move = value * np.sqrt(max(days, 0.3) / 365) * 0.8  # the price of a straddle, about
        rows.append({
            "date": today.isoformat(), "dte": days, "expiry": expiry.isoformat(), "implied_move": text(move * spot, 4),
            "implied_move_perc": text(move, 5), "volatility": text(value, 4),
        })  # fmt: skip
    return {"data": rows}


@endpoint("/api/stock/{ticker}/interpolated-iv", "date:d")
def interpolated(asked: Asked) -> Any:
    day = asked.day
    value = at_the_money(day, asked.now_ms)
    days = np.array([(expiry - asked.market.date).days for expiry in day.chain.expiries], dtype=np.float64)
    history = volatility_history(asked, day)
    rows = []
    for horizon in _HORIZONS if not asked.other_date else ():
        volatility = float(np.interp(horizon, days, value))
        rows.append({
            "date": asked.market.date.isoformat(), "days": horizon, "implied_move_perc": text(volatility * np.sqrt(horizon / 365) * 0.8, 3),
            "percentile": text(float((history <= volatility).mean()) * 100, 3), "volatility": text(volatility, 3),
        })  # fmt: skip
    return {"data": rows}


def volatility_history(asked: Asked, day: OptionDay) -> Floats:
    """Return a made-up year of 30-day volatilities, newest first; the newest is today's."""
    random = np.random.default_rng((asked.market.seed, 40_000 + day.underlying.number))
    return _thirty_days(asked, day) * np.exp(np.concatenate(([0.0], random.normal(0.02, 0.16, 250))))


def _thirty_days(asked: Asked, day: OptionDay) -> float:
    days = [(expiry - asked.market.date).days for expiry in day.chain.expiries]
    return float(np.interp(30, days, at_the_money(day, asked.now_ms)))


def _prices(asked: Asked, day: OptionDay, count: int) -> Floats:
    """Return closes, newest first: the price of the moment, yesterday's close, and a walk before it."""
    if count < 2:
        return np.array([day.underlying.price_at(asked.now_ms)])
    earlier = day.underlying.previous_close * drift(asked, day, 2, count - 1, day.underlying.volatility / 16)
    return np.concatenate(([day.underlying.price_at(asked.now_ms)], earlier))


@endpoint("/api/stock/{ticker}/iv-rank", "date:d timespan:s=1Y")
def iv_rank(asked: Asked) -> Any:
    day = asked.day
    days = [] if asked.other_date else session_days(asked.market.date, asked.values["timespan"])
    history, prices = volatility_history(asked, day), _prices(asked, day, max(len(days), 1))
    low, high = history.min(), history.max()
    rows = []
    for number, session in enumerate(days):
        value = history[number % len(history)]
        moment_us = asked.now_us - (asked.market.date - session).days * 86_400_000_000
        rows.append({
            "close": text(prices[number]), "date": session.isoformat(), "iv_rank_1y": text((value - low) / (high - low) * 100, 4),
            "updated_at": utc(moment_us, fraction=True), "volatility": text(value, 4),
        })  # fmt: skip
    return {"data": rows[::-1]}


@endpoint("/api/stock/{ticker}/volatility/stats", "date:d")
def statistics(asked: Asked) -> Any:
    day = asked.day
    history = volatility_history(asked, day)
    realised = history * 0.85
    return {
        "data": {
            "date": asked.market.date.isoformat(), "iv": text(history[0], 4), "iv_high": text(history.max(), 4),
            "iv_low": text(history.min(), 4), "iv_rank": text((history[0] - history.min()) / (history.max() - history.min()) * 100, 4),
            "rv": text(realised[0], 4), "rv_high": text(realised.max(), 4), "rv_low": text(realised.min(), 4),
            "ticker": day.underlying.symbol,
        }
    }  # fmt: skip


@endpoint("/api/stock/{ticker}/volatility/realized", "date:d timeframe:s=1Y")
def realised(asked: Asked) -> Any:
    day = asked.day
    days = [] if asked.other_date else session_days(asked.market.date, asked.values["timeframe"])
    history, prices = volatility_history(asked, day), _prices(asked, day, max(len(days), 1))
    rows = [
        {
            "date": session.isoformat(), "implied_volatility": text(history[number % len(history)], 4), "price": text(prices[number]),
            "realized_volatility": text(history[(number + 20) % len(history)] * 0.85, 4),
            "unshifted_rv_date": (session + timedelta(days=30)).isoformat(),
        }
        for number, session in enumerate(days)
    ]  # fmt: skip
    return {"data": rows[::-1]}


@endpoint("/api/stock/{ticker}/historical-risk-reversal-skew", "date:d expiry*:d timeframe:s=1Y delta*:s")
def risk_reversal(asked: Asked) -> Any:
    """Volatility of the call with this delta less that of the put with its mirror image."""
    day, delta = asked.day, asked.values["delta"]
    if delta not in _DELTAS:
        raise Misfit(f"Invalid value for delta: {delta}")
    chain, expiry = day.chain, asked.values["expiry"]
    if asked.other_date or expiry not in chain.expiries:
        return {"data": []}
    values, volatility = chain.greeks_at(asked.now_ms)
    of_expiry = chain.expiry_number == chain.expiries.index(expiry)
    calls, puts = np.flatnonzero(of_expiry & chain.is_call), np.flatnonzero(of_expiry & ~chain.is_call)
    call = calls[np.argmin(np.abs(values.delta[calls] - int(delta) / 100))]
    put = puts[np.argmin(np.abs(values.delta[puts] + int(delta) / 100))]
    days = session_days(asked.market.date, asked.values["timeframe"])
    factors = drift(asked, day, 3, len(days), 0.08)
    rows = [
        {"date": session.isoformat(), "delta": int(delta), "risk_reversal": text((volatility[call] - volatility[put]) * factor, 6),
         "ticker": day.underlying.symbol}
        for session, factor in zip(days, factors, strict=True)
    ]  # fmt: skip
    return {"data": rows[::-1]}


@endpoint("/api/stock/{ticker}/nope", "date:d")
def nope(asked: Asked) -> Any:
    """Net option delta against stock volume, at each finished five minutes."""
    day, rows = asked.day, []
    tape, chain = day.tape, day.chain
    last = min(asked.now_ms, day.underlying.close_ms) if not asked.other_date else 0
    for moment in range(day.underlying.open_ms + 5 * MINUTE_MS, last + 1, 5 * MINUTE_MS):
        until = tape.before(moment)
        calls = chain.is_call[tape.contract[:until]]
        delta = tape.greeks.delta[:until] * tape.size[:until]
        now, _ = chain.greeks_at(moment)
        held = now.delta * tape.by_contract(tape.size, until)
        stock = max(1, day.underlying.expected_volume(moment))
        call_fill, put_fill = float((delta * calls).sum()), float((delta * ~calls).sum())
        call, put = float(held[chain.is_call].sum()), float(held[~chain.is_call].sum())
        rows.append({
            "call_delta": text(call), "call_fill_delta": text(call_fill), "call_vol": int((tape.size[:until] * calls).sum()),
            "nope": text((call + put) * 100 / stock, 6), "nope_fill": text((call_fill + put_fill) * 100 / stock, 6),
            "put_delta": text(put), "put_fill_delta": text(put_fill), "put_vol": int((tape.size[:until] * ~calls).sum()),
            "stock_vol": stock, "timestamp": utc(moment * 1_000),
        })  # fmt: skip
    return {"data": rows}


@endpoint("/api/stock/{ticker}/options-volume", "limit:i<=500=1")
def options_volume(asked: Asked) -> Any:
    """Today's sums of calls and puts, and earlier days' in proportion."""
    day = asked.day
    tape, chain = day.tape, day.chain
    until = tape.before(asked.now_ms)
    calls = chain.is_call[tape.contract[:until]]
    side, size, premium = tape.side[:until], tape.size[:until], tape.premium[:until]
    bullish = np.where(calls, side == 0, side == 1)
    bearish = np.where(calls, side == 1, side == 0)
    days = session_days(asked.market.date, "2Y")[: asked.values["limit"]]
    factors = drift(asked, day, 4, max(len(days), 30), 0.1)
    rows = []
    for session, factor in zip(days, factors, strict=False):
        row: dict[str, Any] = {
            "date": session.isoformat(), "bearish_premium": plain(round(float((premium * bearish).sum()) * factor)),
            "bullish_premium": plain(round(float((premium * bullish).sum()) * factor)),
        }  # fmt: skip
        for right, of_right in (("call", calls), ("put", ~calls)):
            volume = int((size * of_right).sum() * factor)
            asks, bids = int((size * of_right * (side == 0)).sum() * factor), int((size * of_right * (side == 1)).sum() * factor)
            net = float((premium * of_right * (side == 0)).sum() - (premium * of_right * (side == 1)).sum())
            row |= {f"avg_{span}_day_{right}_volume": text(volume * float(factors[:span].mean()), 12) for span in (3, 7, 30)}
            row |= {
                f"{right}_open_interest": int(chain.open_interest[chain.is_call == (right == "call")].sum()),
                f"{right}_premium": plain(round(float((premium * of_right).sum()) * factor)), f"{right}_volume": volume,
                f"{right}_volume_ask_side": asks, f"{right}_volume_bid_side": bids, f"net_{right}_premium": plain(round(net * factor)),
            }  # fmt: skip
        rows.append(row)
    return {"data": rows}


@endpoint("/api/market/total-options-volume", "limit:i<=500=1")
def total_options_volume(asked: Asked) -> Any:
    totals = {"call_premium": 0.0, "put_premium": 0.0, "call_volume": 0, "put_volume": 0}
    for symbol in asked.market.underlyings:
        day = asked.market.day(symbol)
        until = day.tape.before(asked.now_ms)
        calls = day.chain.is_call[day.tape.contract[:until]]
        for right, of_right in (("call", calls), ("put", ~calls)):
            totals[f"{right}_premium"] += float((day.tape.premium[:until] * of_right).sum())
            totals[f"{right}_volume"] += int((day.tape.size[:until] * of_right).sum())
    row = {name: text(value) if "premium" in name else int(value) for name, value in totals.items()}
    return {"data": [{"date": asked.market.date.isoformat(), **row}]}
