"""Gamma, delta, charm and vanna exposures of a chain at a moment: in shares by open interest, and in US dollars for a move of 1 %.

Calls count positive and puts negative, as the vendor does. Directional sums take what was bought at the offer as sold by
dealers (negative) and what was sold at the bid as bought by them; the vendor's published samples follow the same signs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infra.vendorsim.black_scholes import Floats
from infra.vendorsim.unusual_whales_chain import SHARES_A_CONTRACT
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_tape import ASK, BID

GREEKS = ("gamma", "delta", "charm", "vanna")


@dataclass(frozen=True, slots=True)
class Exposures:
    """Exposures of every contract.

    Attributes
    ----------
    price
        Of the underlying.
    shares
        Greek -> Greek x open interest x 100, signed; delta keeps its own sign.
    weighted
        Greek and weight (``oi``, ``vol``, ``ask``, ``bid``, ``dir``) -> US dollars for 1 %, and shares for delta.
    """

    price: float
    shares: dict[str, Floats]
    weighted: dict[tuple[str, str], Floats]


def exposures_at(day: OptionDay, moment_ms: int) -> Exposures:
    """Return the exposures of a moment, from the chain's open interest and the session's volume until then."""
    chain, tape = day.chain, day.tape
    price = day.underlying.price_at(moment_ms)
    greeks, _ = chain.greeks_at(moment_ms)
    until = tape.before(moment_ms)
    bought = tape.by_contract(tape.size, until, tape.side == ASK)
    sold = tape.by_contract(tape.size, until, tape.side == BID)
    volume = tape.by_contract(tape.size, until)
    right = np.where(chain.is_call, 1.0, -1.0)
    shares, weighted = {}, {}
    for name in GREEKS:
        value = getattr(greeks, name) * SHARES_A_CONTRACT
        sign = 1.0 if name == "delta" else right
        dollars = 1.0 if name == "delta" else price**2 / 100
        shares[name] = value * sign * chain.open_interest
        weighted[name, "oi"] = shares[name] * dollars
        weighted[name, "vol"] = value * sign * volume * dollars
        weighted[name, "ask"] = -value * bought * dollars
        weighted[name, "bid"] = value * sold * dollars
        weighted[name, "dir"] = weighted[name, "ask"] + weighted[name, "bid"]
    return Exposures(price, shares, weighted)


def by_strike(day: OptionDay, values: Floats) -> tuple[Floats, Floats]:
    """Return sums over expiries, calls and puts, by strike."""
    cube = values.reshape(len(day.chain.expiries), len(day.chain.strikes), 2).sum(axis=0)
    return cube[:, 0], cube[:, 1]


def by_expiry(day: OptionDay, values: Floats) -> tuple[Floats, Floats]:
    """Return sums over strikes, calls and puts, by expiry."""
    cube = values.reshape(len(day.chain.expiries), len(day.chain.strikes), 2).sum(axis=1)
    return cube[:, 0], cube[:, 1]


def by_strike_and_expiry(day: OptionDay, values: Floats) -> tuple[Floats, Floats]:
    """Return calls and puts as arrays over expiries and strikes."""
    cube = values.reshape(len(day.chain.expiries), len(day.chain.strikes), 2)
    return cube[..., 0], cube[..., 1]


@dataclass(frozen=True, slots=True)
class GexLevels:
    """The vendor's levels, US dollars; None where there is none."""

    call_wall: float | None
    put_wall: float | None
    magnet: float | None
    flip: float | None


def gex_levels(day: OptionDay, moment_ms: int) -> GexLevels:
    """Return the levels as the vendor defines them since 2026.

    Walls are the strikes with the largest positive net gamma above and below the price; the magnet has the largest absolute
    net; the flip is the zero, nearest to the price, of the net summed from the lowest strike up.
    """
    found = exposures_at(day, moment_ms)
    calls, puts = by_strike(day, found.shares["gamma"])
    net, strikes = calls + puts, day.chain.strikes
    above, below = strikes > found.price, strikes < found.price
    cumulative = np.cumsum(net)
    crossings = np.flatnonzero(np.sign(cumulative[:-1]) * np.sign(cumulative[1:]) < 0)
    zeros = strikes[crossings] - cumulative[crossings] * (strikes[crossings + 1] - strikes[crossings]) / (
        cumulative[crossings + 1] - cumulative[crossings]
    )
    return GexLevels(
        call_wall=_largest(strikes, net, above & (net > 0)),
        put_wall=_largest(strikes, net, below & (net > 0)),
        magnet=_largest(strikes, np.abs(net), net != 0),
        flip=float(zeros[np.argmin(np.abs(zeros - found.price))]) if len(zeros) else None,
    )


def _largest(strikes: Floats, values: Floats, where: np.ndarray) -> float | None:
    return float(strikes[where][np.argmax(values[where])]) if where.any() else None
