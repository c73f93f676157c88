"""Answers about exposures: the daily product in shares, the product of the minute in US dollars for 1 %, and levels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from infra.market_calendar import session_bounds
from infra.vendorsim.black_scholes import Floats
from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.unusual_whales_endpoint import Asked, Misfit, endpoint
from infra.vendorsim.unusual_whales_exposure import (
    GREEKS,
    Exposures,
    by_expiry,
    by_strike,
    by_strike_and_expiry,
    exposures_at,
    gex_levels,
)
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_wire import plain, text, utc

_TIMEFRAME_DAYS = {"1D": 1, "5D": 7, "1W": 7, "1M": 31, "3M": 92, "6M": 183, "YTD": 366, "1Y": 366, "2Y": 731}
_GROUP = "date:d limit:i<=500=500 page:i min_strike:n max_strike:n"
_HELD_OR_TRADED = ("call_delta_oi", "put_delta_oi", "call_delta_vol", "put_delta_vol")
_MINUTES: WeakKeyDictionary[OptionDay, dict[int, dict[str, Any]]] = WeakKeyDictionary()
_STREAM_NAMES = {"ask": "ask_vol", "bid": "bid_vol"}


def session_days(last: date, timeframe: str) -> list[date]:
    """Return the trading days of a timeframe that ends with ``last``, newest first; raises `Misfit`."""
    if timeframe not in _TIMEFRAME_DAYS:
        raise Misfit(f"Invalid value for timeframe: {timeframe}")
    candidates = (last - timedelta(days=back) for back in range(_TIMEFRAME_DAYS[timeframe]))
    return [day for day in candidates if session_bounds(day) is not None]


def drift(asked: Asked, day: OptionDay, purpose: int, count: int, deviation: float) -> Floats:
    """Return factors by which values of earlier days differ from today's; the first is today's 1."""
    random = np.random.default_rng((asked.market.seed, purpose, day.underlying.number))
    return np.exp(np.concatenate(([0.0], np.cumsum(random.normal(0, deviation, count - 1)))))


@endpoint("/api/stock/{ticker}/greek-exposure", "date:d timeframe:s=1Y")
def greek_exposure(asked: Asked) -> Any:
    """The daily product: open interest at the opening, one row a day."""
    day = asked.day
    found = exposures_at(day, day.underlying.open_ms)
    days = [] if asked.other_date else session_days(asked.market.date, asked.values["timeframe"])
    factors = drift(asked, day, 1, len(days), 0.05) if days else np.empty(0)
    totals = {name: (values[day.chain.is_call].sum(), values[~day.chain.is_call].sum()) for name, values in found.shares.items()}
    return {
        "data": [
            {"date": session.isoformat()}
            | {f"call_{name}": text(call * factor, 4) for name, (call, _) in totals.items()}
            | {f"put_{name}": text(put * factor, 4) for name, (_, put) in totals.items()}
            for session, factor in zip(days, factors, strict=True)
        ]
    }


def _daily(asked: Asked, group: Callable[[OptionDay, Floats], tuple[Floats, Floats]]) -> dict[str, Floats]:
    """Return the daily product's columns, named as the grouped answers name them."""
    day = asked.day
    found = exposures_at(day, day.underlying.open_ms)
    columns = {}
    for name in GREEKS:
        shown = "gex" if name == "gamma" else name
        columns[f"call_{shown}"], columns[f"put_{shown}"] = group(day, found.shares[name])
    return columns


@endpoint("/api/stock/{ticker}/greek-exposure/strike", "date:d")
def greek_exposure_by_strike(asked: Asked) -> Any:
    columns, strikes = _daily(asked, by_strike), asked.day.chain.strikes
    rows = [
        {"date": asked.market.date.isoformat(), "strike": plain(strike)} | {key: text(column[number], 4) for key, column in columns.items()}
        for number, strike in enumerate(strikes)
    ]
    return {"data": [] if asked.other_date else rows}


@endpoint("/api/stock/{ticker}/greek-exposure/expiry", "date:d")
def greek_exposure_by_expiry(asked: Asked) -> Any:
    columns, today = _daily(asked, by_expiry), asked.market.date
    rows = [
        {"date": today.isoformat(), "expiry": expiry.isoformat(), "dte": (expiry - today).days}
        | {key: text(column[number], 4) for key, column in columns.items()}
        for number, expiry in enumerate(asked.day.chain.expiries)
    ]
    return {"data": [] if asked.other_date else rows}


@endpoint("/api/stock/{ticker}/greek-exposure/strike-expiry", "date:d expiry*:d")
def greek_exposure_by_strike_and_expiry(asked: Asked) -> Any:
    chain, expiry = asked.day.chain, asked.values["expiry"]
    if asked.other_date or expiry not in chain.expiries:
        return {"data": []}
    columns, row = _daily(asked, by_strike_and_expiry), chain.expiries.index(expiry)
    return {
        "data": [
            {"expiry": expiry.isoformat(), "strike": plain(strike)} | {key: text(column[row, number], 4) for key, column in columns.items()}
            for number, strike in enumerate(chain.strikes)
        ]
    }


@endpoint("/api/stock/{ticker}/gex-levels", "date:d")
def levels(asked: Asked) -> Any:
    found = gex_levels(asked.day, asked.now_ms)
    shown = {"call_wall": found.call_wall, "gamma_flip": found.flip, "gamma_magnet": found.magnet, "put_wall": found.put_wall}
    return {"data": {name: None if level is None or asked.other_date else plain(level) for name, level in shown.items()}}


@endpoint("/api/stock/{ticker}/spot-exposures", "date:d")
def spot_exposures(asked: Asked) -> Any:
    """One row a finished minute from an hour after the opening on, as the vendor has it."""
    day = asked.day
    first = day.underlying.open_ms + 60 * MINUTE_MS
    last = min(asked.now_ms, day.underlying.close_ms) if not asked.other_date else first
    moments = range(first, last // MINUTE_MS * MINUTE_MS + 1, MINUTE_MS) if last > first else ()
    kept = _MINUTES.setdefault(day, {})
    for moment in moments:
        if moment not in kept:  # a minute that is over is asked for again and again, with all before it
            kept[moment] = _minute_row(day, moment)
    return {"data": [kept[moment] for moment in moments]}


def _minute_row(day: OptionDay, moment_ms: int) -> dict[str, Any]:
    found = exposures_at(day, moment_ms)
    row = {"price": plain(found.price), "time": utc(moment_ms * 1_000, fraction=True)}
    for name in ("gamma", "charm", "vanna"):
        for weight in ("oi", "vol", "dir"):
            row[f"{name}_per_one_percent_move_{weight}"] = text(found.weighted[name, weight].sum())
    return row


def stream_total(day: OptionDay, moment_ms: int) -> dict[str, Any]:
    """Return what the channel gex sends of a moment; delta is a bare 0, as captured."""
    row = _minute_row(day, moment_ms)
    del row["time"]
    return {
        "ticker": day.underlying.symbol, "timestamp": moment_ms, "delta_per_one_percent_move_oi": "0",
        "delta_per_one_percent_move_vol": "0", **row,
    }  # fmt: skip


@endpoint("/api/stock/{ticker}/spot-exposures/strike", _GROUP)
def spot_exposures_by_strike(asked: Asked) -> Any:
    day = asked.day
    found = exposures_at(day, asked.now_ms)
    rows = [] if asked.other_date else [_stamped(asked, row) for row in _by_strike(day, found)]
    return {"data": asked.page([row for row in rows if _inside(asked, row)])}


@endpoint("/api/stock/{ticker}/spot-exposures/expiry-strike", _GROUP + " expirations[]*:d min_dte:i max_dte:i")
def spot_exposures_by_expiry_and_strike(asked: Asked) -> Any:
    wanted = set(asked.values["expirations[]"])
    return _one_or_more_expiries(asked, lambda expiry: expiry in wanted)


@endpoint("/api/stock/{ticker}/spot-exposures/{expiry}/strike", "date:d min_strike:n max_strike:n")
def spot_exposures_of_expiry(asked: Asked) -> Any:
    return _one_or_more_expiries(asked, lambda expiry: expiry.isoformat() == asked.place["expiry"])


def _one_or_more_expiries(asked: Asked, wanted: Callable[[date], bool]) -> Any:
    day = asked.day
    found = exposures_at(day, asked.now_ms)
    rows = [] if asked.other_date else [_stamped(asked, row) for row in _by_strike_and_expiry(day, found, wanted)]
    return {"data": asked.page([row for row in rows if _inside(asked, row)])}


def _inside(asked: Asked, row: dict[str, Any]) -> bool:
    strike = float(row["strike"])
    return bool(asked.values.get("min_strike", strike) <= strike <= asked.values.get("max_strike", strike))


def _stamped(asked: Asked, row: dict[str, Any]) -> dict[str, Any]:
    """Stamp a row; strikes of one answer differ by some milliseconds, as the vendor's do."""
    moment_us = asked.now_us // 1_000_000 * 1_000_000 - round(float(row["strike"]) * 10) % 9 * 1_000
    return row | {"time": utc(moment_us, fraction=True)}


def _columns(found: Exposures, day: OptionDay, group: Callable[[OptionDay, Floats], tuple[Floats, Floats]]) -> dict[str, Floats]:
    columns = {}
    for name in GREEKS:
        for weight in ("oi", "vol", "ask", "bid"):
            columns[f"call_{name}_{weight}"], columns[f"put_{name}_{weight}"] = group(day, found.weighted[name, weight])
    return columns


def _by_strike(day: OptionDay, found: Exposures) -> list[dict[str, Any]]:
    columns = _columns(found, day, by_strike)
    return [
        {"price": plain(found.price), "strike": plain(strike)} | {key: text(column[number]) for key, column in columns.items()}
        for number, strike in enumerate(day.chain.strikes)
    ]


def _by_strike_and_expiry(day: OptionDay, found: Exposures, wanted: Callable[[date], bool]) -> list[dict[str, Any]]:
    columns = _columns(found, day, by_strike_and_expiry)
    return [
        {"expiry": expiry.isoformat(), "price": plain(found.price), "strike": plain(strike)}
        | {key: text(column[place, number]) for key, column in columns.items()}
        for place, expiry in enumerate(day.chain.expiries)
        if wanted(expiry)
        for number, strike in enumerate(day.chain.strikes)
    ]


def stream_strikes(day: OptionDay, moment_ms: int, *, with_expiry: bool) -> list[dict[str, Any]]:
    """Return what the channels gex_strike and gex_strike_expiry send of a moment: a payload a strike (and expiry) held or traded."""
    found = exposures_at(day, moment_ms)
    rows = _by_strike_and_expiry(day, found, lambda _: True) if with_expiry else _by_strike(day, found)
    payloads = []
    for row in rows:
        if all(float(row[key]) == 0 for key in _HELD_OR_TRADED):
            continue
        shown = {_stream_name(key): value for key, value in row.items() if not key.endswith(("delta_ask", "delta_bid"))}
        payloads.append({"ticker": day.underlying.symbol, "timestamp": moment_ms} | shown)
    return payloads


def _stream_name(key: str) -> str:
    head, _, tail = key.rpartition("_")
    return f"{head}_{_STREAM_NAMES[tail]}" if tail in _STREAM_NAMES else key
