"""The simulated REST paths of options: chain snapshots page by page, and bars of a contract."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
from aiohttp import web

from infra.clock import Clock
from infra.market_calendar import midnight_us
from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.unusual_whales_chains import Session
from infra.vendorsim.unusual_whales_market import OptionMarket

_NANOSECONDS = 1_000_000
_LARGEST_PAGE = 250


class PolygonOptions:
    """Answers about options.

    Parameters
    ----------
    market, clock
        The options and their time: nothing after the clock's moment is ever shown.
    """

    def __init__(self, market: OptionMarket, clock: Clock) -> None:
        self._market = market
        self._clock = clock
        self._sessions: dict[str, tuple[int, Session]] = {}

    async def chain(self, request: web.Request) -> dict[str, Any]:
        """``/v3/snapshot/options/{underlyingAsset}``; the cursor fixes the moment, so that all pages show one chain."""
        symbol, query = request.match_info["underlying"], dict(request.query)
        if "cursor" in query:
            query = dict(parse_qsl(base64.urlsafe_b64decode(query["cursor"]).decode()))
        if symbol not in self._market.underlyings:
            return {"results": []}
        as_of_ms = int(query.get("as_of", self._clock.now_us() // 1_000))
        session = self._session(symbol, as_of_ms)
        limit, skip = min(int(query.get("limit", 10)), _LARGEST_PAGE), int(query.get("skip", 0))
        wanted = sorted(self._wanted(session, query), key=lambda number: session.day.chain.symbols[number])
        body: dict[str, Any] = {"results": [_row(session, number, as_of_ms) for number in wanted[skip : skip + limit]]}
        if skip + limit < len(wanted):
            rest = query | {"as_of": as_of_ms, "limit": limit, "skip": skip + limit}
            cursor = base64.urlsafe_b64encode(urlencode(rest).encode()).decode()
            body["next_url"] = str(request.url.origin().with_path(request.path).with_query({"cursor": cursor}))
        return body

    def bars(self, ticker: str, start_ms: int, end_ms: int, length_ms: int) -> list[dict[str, Any]]:
        """Return the rows of ``/v2/aggs`` for a contract like ``O:SPY251219C00650000``."""
        name = ticker.removeprefix("O:")
        day = next((self._market.day(one) for one in self._market.underlyings if name in self._market.day(one).chain.numbers), None)
        if day is None:
            return []
        tape = day.tape
        until_ms = min(end_ms + 1, self._clock.now_us() // 1_000 // MINUTE_MS * MINUTE_MS)
        mine = np.flatnonzero((tape.contract == day.chain.numbers[name]) & (tape.ts_ms >= start_ms) & (tape.ts_ms < until_ms))
        windows = tape.ts_ms[mine] // length_ms * length_ms
        found = []
        for start in np.unique(windows):
            chosen = mine[windows == start]
            price, size = tape.price[chosen], tape.size[chosen]
            found.append(
                {
                    "v": int(size.sum()), "vw": round(float((price * size).sum() / size.sum()), 4), "o": float(price[0]),
                    "c": float(price[-1]), "h": float(price.max()), "l": float(price.min()), "t": int(start), "n": len(chosen),
                }
            )  # fmt: skip
        return found

    def _session(self, symbol: str, as_of_ms: int) -> Session:
        """Return what the contracts did until a moment; the pages of one chain share it."""
        known = self._sessions.get(symbol)
        if known is None or known[0] != as_of_ms:
            known = self._sessions[symbol] = as_of_ms, Session(self._market.day(symbol), as_of_ms)
        return known[1]

    def _wanted(self, session: Session, query: dict[str, str]) -> Sequence[int]:
        chain = session.day.chain
        expiry = np.array([day.isoformat() for day in chain.expiries])[chain.expiry_number]
        keep = np.ones(len(chain), bool)
        for name, values, convert in (("expiration_date", expiry, str), ("strike_price", chain.strike, float)):
            for ending, compare in (("", np.equal), (".gt", np.greater), (".gte", np.greater_equal), (".lt", np.less), (".lte", np.less_equal)):
                if name + ending in query:
                    keep &= compare(values, convert(query[name + ending]))
        if "contract_type" in query:
            keep &= chain.is_call == (query["contract_type"] == "call")
        return [int(number) for number in np.flatnonzero(keep)]


def _row(session: Session, number: int, as_of_ms: int) -> dict[str, Any]:
    """Return one contract; ``day`` and ``last_trade`` are empty while it has not traded."""
    chain, tape, underlying = session.day.chain, session.day.tape, session.day.underlying
    bid, ask = session.quote(number)
    spot, strike, is_call = underlying.price_at(as_of_ms), float(chain.strike[number]), bool(chain.is_call[number])
    row: dict[str, Any] = {
        "break_even_price": round(strike + (ask if is_call else -ask), 4),
        "day": {},
        "details": {
            "contract_type": "call" if is_call else "put", "exercise_style": "american",
            "expiration_date": chain.expiries[chain.expiry_number[number]].isoformat(), "shares_per_contract": 100,
            "strike_price": int(strike) if strike.is_integer() else strike, "ticker": "O:" + chain.symbols[number],
        },
        "greeks": {name: round(float(getattr(session.greeks, name)[number]), 8) for name in ("delta", "gamma", "theta", "vega")},
        "implied_volatility": round(float(session.volatility[number]), 8),
        "last_quote": {
            "ask": ask, "ask_size": 10, "bid": bid, "bid_size": 10, "last_updated": as_of_ms * _NANOSECONDS, "midpoint": round((bid + ask) / 2, 4),
            "timeframe": "REAL-TIME",
        },
        "open_interest": int(chain.open_interest[number]),
        "underlying_asset": {
            "change_to_break_even": round(strike - spot, 4), "last_updated": as_of_ms * _NANOSECONDS, "price": spot, "ticker": underlying.symbol,
            "timeframe": "REAL-TIME",
        },
    }  # fmt: skip
    if session.volume[number] > 0:
        last = int(session.last[number])
        row["day"] = {
            "close": float(tape.price[last]), "high": float(session.high[number]), "low": float(session.low[number]),
            "open": float(tape.price[session.first[number]]), "volume": int(session.volume[number]),
            "vwap": float(session.average_price(number)), "last_updated": midnight_us(underlying.day) * 1_000,
        }  # fmt: skip
        row["last_trade"] = {
            "price": float(tape.price[last]), "size": int(tape.size[last]), "sip_timestamp": int(tape.ts_ms[last]) * _NANOSECONDS,
            "conditions": [209], "exchange": 316, "timeframe": "REAL-TIME",
        }  # fmt: skip
    return row
