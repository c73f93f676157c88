"""Answers about sums of what is traded: premium, volume and Greek flow by minute, strike and expiry."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.vendorsim.black_scholes import Floats
from infra.vendorsim.market_events import MINUTE_MS
from infra.vendorsim.unusual_whales_chain import SHARES_A_CONTRACT, Integers
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_tape import ASK, BID
from infra.vendorsim.unusual_whales_wire import eastern, plain, text, utc

_RECENT_TRADES = 100


def _by(group: Integers, weights: NDArray[Any], groups: int) -> Floats:
    return np.asarray(np.bincount(group, weights, groups), dtype=np.float64)


def _sums(day: OptionDay, until: int, group: Integers, groups: int, first: int = 0) -> dict[str, NDArray[np.float64]]:
    """Return trades, volumes and premiums by group, for calls and puts: ``call_volume_ask_side`` and so on."""
    tape, part = day.tape, slice(first, until)
    calls = day.chain.is_call[tape.contract[part]]
    found: dict[str, Floats] = {}
    for right, of_right in (("call", calls), ("put", ~calls)):
        for name, of_side in (("", True), ("_ask_side", tape.side[part] == ASK), ("_bid_side", tape.side[part] == BID)):
            weight = of_right & of_side
            found[f"{right}_volume{name}"] = _by(group, tape.size[part] * weight, groups)
            found[f"{right}_premium{name}"] = _by(group, tape.premium[part] * weight, groups)
        found[f"{right}_trades"] = _by(group, of_right, groups)
    return found


def net_premium(day: OptionDay, now_ms: int, first: int = 0) -> dict[str, float]:
    """Return net premium and volume (bought at the offer less sold at the bid) of calls and puts until a moment."""
    until = day.tape.before(now_ms)
    sums = _sums(day, until, np.zeros(until - first, dtype=np.int64), 1, first)
    return {
        f"net_{right}_{what}": float(sums[f"{right}_{what}_ask_side"][0] - sums[f"{right}_{what}_bid_side"][0])
        for right in ("call", "put")
        for what in ("premium", "volume")
    }


def minutes_of(day: OptionDay, now_ms: int) -> tuple[int, Integers, int]:
    """Return how many trades finished minutes hold, the minute of each since the opening, and the number of minutes."""
    begins = day.underlying.open_ms
    minutes = min(max(0, (now_ms - begins) // MINUTE_MS), (day.underlying.close_ms - begins) // MINUTE_MS)
    until = day.tape.before(begins + minutes * MINUTE_MS)
    return until, (day.tape.ts_ms[:until] - begins) // MINUTE_MS, int(minutes)


@endpoint("/api/stock/{ticker}/net-prem-ticks", "date:d")
def net_prem_ticks(asked: Asked) -> Any:
    """Increments of each finished minute, not running sums."""
    day = asked.day
    until, minute, minutes = minutes_of(day, 0 if asked.other_date else asked.now_ms)
    sums = _sums(day, until, minute, minutes)
    delta = np.bincount(minute, directed_sizes(day, until) * day.tape.greeks.delta[:until], minutes) * SHARES_A_CONTRACT
    rows = []
    for number in range(minutes):
        row: dict[str, Any] = {"date": asked.market.date.isoformat(), "net_delta": text(delta[number], 6)}
        row["tape_time"] = utc((day.underlying.open_ms + number * MINUTE_MS) * 1_000)
        for right in ("call", "put"):
            ask, bid = f"{right}_volume_ask_side", f"{right}_volume_bid_side"
            row |= {name: int(sums[name][number]) for name in (f"{right}_volume", ask, bid)}
            row[f"net_{right}_volume"] = int(sums[ask][number] - sums[bid][number])
            row[f"net_{right}_premium"] = text(sums[f"{right}_premium_ask_side"][number] - sums[f"{right}_premium_bid_side"][number])
        rows.append(row)
    return {"data": rows}


def directed_sizes(day: OptionDay, until: int) -> Floats:
    """Return sizes, positive where the offer was paid, negative where the bid was hit."""
    side = day.tape.side[:until]
    return np.asarray(day.tape.size[:until] * np.where(side == ASK, 1.0, np.where(side == BID, -1.0, 0.0)), dtype=np.float64)


@endpoint("/api/stock/{ticker}/greek-flow", "date:d")
def greek_flow(asked: Asked) -> Any:
    day = asked.day
    until, minute, minutes = minutes_of(day, 0 if asked.other_date else asked.now_ms)
    return {"data": _greek_flow(day, until, minute, minutes, np.ones(until, dtype=bool), {"ticker": day.underlying.symbol})}


@endpoint("/api/stock/{ticker}/greek-flow/{expiry}", "date:d")
def greek_flow_of_expiry(asked: Asked) -> Any:
    day = asked.day
    names = [expiry.isoformat() for expiry in day.chain.expiries]
    expiry = asked.place["expiry"]
    until, minute, minutes = minutes_of(day, 0 if asked.other_date or expiry not in names else asked.now_ms)
    of_expiry = day.chain.expiry_number[day.tape.contract[:until]] == (names.index(expiry) if expiry in names else -1)
    return {"data": _greek_flow(day, until, minute, minutes, of_expiry, {"ticker": day.underlying.symbol, "expiry": expiry})}


def _greek_flow(
    day: OptionDay, until: int, minute: Integers, minutes: int, where: NDArray[np.bool_], names: dict[str, str]
) -> list[dict[str, Any]]:
    tape = day.tape
    calls, strikes = day.chain.is_call[tape.contract[:until]], day.chain.strike[tape.contract[:until]]
    outside = where & np.where(calls, strikes > tape.spot[:until], strikes < tape.spot[:until])
    directed, size = directed_sizes(day, until), tape.size[:until].astype(np.float64)
    columns = {}
    for greek in ("delta", "vega"):
        value = getattr(tape.greeks, greek)[:until] * SHARES_A_CONTRACT
        for prefix, weight in (("", where), ("otm_", outside)):
            columns[f"{prefix}dir_{greek}_flow"] = np.bincount(minute, directed * value * weight, minutes)
            columns[f"{prefix}total_{greek}_flow"] = np.bincount(minute, size * value * weight, minutes)
    volume, count = np.bincount(minute, size * where, minutes), np.bincount(minute, where, minutes)
    return [
        names
        | {name: text(column[number]) for name, column in columns.items()}
        | {
            "timestamp": utc((day.underlying.open_ms + number * MINUTE_MS) * 1_000),
            "transactions": int(count[number]),
            "volume": int(volume[number]),
        }
        for number in range(minutes)
    ]


@endpoint("/api/stock/{ticker}/flow-per-strike-intraday", "date:d filter:s=NetPremium")
def flow_per_strike_intraday(asked: Asked) -> Any:
    return _flow_per_strike(asked)


@endpoint("/api/stock/{ticker}/flow-per-strike", "date:d")
def flow_per_strike(asked: Asked) -> Any:
    return _flow_per_strike(asked)


def _flow_per_strike(asked: Asked) -> list[dict[str, Any]]:
    """Bare list, without a wrap: sums of the session by strike."""
    day = asked.day
    until = 0 if asked.other_date else day.tape.before(asked.now_ms)
    strike = day.tape.contract[:until] // 2 % len(day.chain.strikes)
    sums = _sums(day, until, strike, len(day.chain.strikes))
    traded = np.flatnonzero(sums["call_volume"] + sums["put_volume"])
    common = {"date": asked.market.date.isoformat(), "ticker": day.underlying.symbol}
    rows = []
    for number in traded:
        last = int(day.tape.ts_ms[:until][strike == number][-1])
        row = common | {"strike": text(day.chain.strikes[number], 1), "timestamp": eastern(last)}
        rows.append(row | _amounts(sums, int(number), 1))
    return rows


@endpoint("/api/stock/{ticker}/flow-per-expiry")
def flow_per_expiry(asked: Asked) -> Any:
    day = asked.day
    return _flow_per_expiry(asked, day, 0, day.tape.before(asked.now_ms))


@endpoint("/api/stock/{ticker}/flow-recent", "side:s=ALL min_premium:n=0")
def flow_recent(asked: Asked) -> Any:
    """Sums by expiry over the last trades alone, as the published example has it."""
    day = asked.day
    until = day.tape.before(asked.now_ms)
    return _flow_per_expiry(asked, day, max(0, until - _RECENT_TRADES), until)


def _flow_per_expiry(asked: Asked, day: OptionDay, first: int, until: int) -> dict[str, Any]:
    tape, part = day.tape, slice(first, until)
    contract = tape.contract[part]
    expiry, count = day.chain.expiry_number[contract], len(day.chain.expiries)
    sums = _sums(day, until, expiry, count, first)
    calls, strikes = day.chain.is_call[contract], day.chain.strike[contract]
    for right, outside in (("call", calls & (strikes > tape.spot[part])), ("put", ~calls & (strikes < tape.spot[part]))):
        sums[f"{right}_otm_premium"] = _by(expiry, tape.premium[part] * outside, count)
        sums[f"{right}_otm_trades"] = _by(expiry, outside, count)
        sums[f"{right}_otm_volume"] = _by(expiry, tape.size[part] * outside, count)
    date = asked.market.date.isoformat()
    rows = [
        {"date": date, "expiry": day.chain.expiries[number].isoformat(), "ticker": day.underlying.symbol} | _amounts(sums, int(number), 0)
        for number in np.unique(expiry)
    ]
    return {"data": rows, "date": date}


def _amounts(sums: dict[str, Floats], number: int, digits: int) -> dict[str, Any]:
    return {
        name: text(column[number], digits) if "premium" in name else int(column[number]) for name, column in sums.items()
    }


@endpoint("/api/market/market-tide", "date:d otm_only:b=false interval_5m:b=true")
def market_tide(asked: Asked) -> Any:
    """Running sums over all underlyings, at minutes or five minutes; stamps carry New York's offset."""
    return _tide(asked, list(asked.market.underlyings), 5 if asked.values["interval_5m"] else 1)


@endpoint("/api/market/{ticker}/etf-tide", "date:d")
def etf_tide(asked: Asked) -> Any:
    return _tide(asked, [asked.day.underlying.symbol], 1)


def _tide(asked: Asked, symbols: list[str], every: int) -> dict[str, Any]:
    totals = np.zeros((3, 24 * 60))
    minutes, begins = 0, asked.day_of(symbols[0]).underlying.open_ms
    for symbol in symbols:
        day = asked.market.day(symbol)
        until, minute, minutes = minutes_of(day, 0 if asked.other_date else asked.now_ms)
        if asked.values.get("otm_only"):
            chain, tape = day.chain, day.tape
            strikes, calls = chain.strike[tape.contract[:until]], chain.is_call[tape.contract[:until]]
            outside = np.where(calls, strikes > tape.spot[:until], strikes < tape.spot[:until])
        else:
            outside = np.ones(until, dtype=bool)
        calls = day.chain.is_call[day.tape.contract[:until]]
        directed = directed_sizes(day, until) * outside
        premium = directed * day.tape.price[:until] * SHARES_A_CONTRACT
        for place, weight in enumerate((premium * calls, premium * ~calls, directed * np.where(calls, 1, -1))):
            totals[place, :minutes] += np.bincount(minute, weight, minutes)
    running = np.cumsum(totals, axis=1)
    rows = [
        {
            "date": asked.market.date.isoformat(), "net_call_premium": text(running[0, number], 4),
            "net_put_premium": text(running[1, number], 4), "net_volume": round(running[2, number]),
            "timestamp": eastern(begins + number * MINUTE_MS),
        }
        for number in range(0, minutes, every)
    ]  # fmt: skip
    return {"data": rows}


@endpoint("/api/market/top-net-impact", "date:d issue_types[]:s limit:i<=100=20")
def top_net_impact(asked: Asked) -> Any:
    nets = {}
    for symbol in asked.market.underlyings if not asked.other_date else ():
        net = net_premium(asked.market.day(symbol), asked.now_ms)
        nets[symbol] = net["net_call_premium"] - net["net_put_premium"]
    ranked = sorted(nets.items(), key=lambda entry: -abs(entry[1]))[: asked.values["limit"]]
    return {"data": [{"net_premium": plain(net), "ticker": symbol} for symbol, net in sorted(ranked, key=lambda entry: -entry[1])]}
