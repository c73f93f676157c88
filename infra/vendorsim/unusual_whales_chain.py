"""One underlying's listed options: expiries, strikes, open interest with walls, and a volatility surface."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from infra.market_calendar import NEW_YORK, session_bounds
from infra.vendorsim.black_scholes import Floats, Greeks, greeks
from infra.vendorsim.unusual_whales_underlyings import Underlying

SHARES_A_CONTRACT = 100
_YEAR_MS = 365.0 * 86_400_000
_SHORTEST_YEARS = 15 * 60_000 / _YEAR_MS  # an option in its last minutes has no finite Greeks
_STEPS = ((25.0, 0.5), (100.0, 1.0), (220.0, 2.5), (10_000.0, 5.0))
_INDEX_STEP = 2.0
_STRIKES_EACH_WAY = 16
_INDEX_STRIKES_EACH_WAY = 24

Integers = NDArray[np.int64]


class Chain:
    """The contracts of one underlying on one day; contract ``(expiry * strikes + strike) * 2`` is a call, the next one its put.

    Parameters
    ----------
    underlying
        Its day.
    seed
        Of the market.

    Attributes
    ----------
    expiries
        Dates, ascending; the first may be today's.
    strikes
        US dollars, ascending.
    strike, is_call, expiry_number
        By contract.
    open_interest, previous_open_interest
        By contract: as of the most recent close, and of the close before.
    """

    def __init__(self, underlying: Underlying, seed: int) -> None:
        self.underlying = underlying
        self.expiries = _expiries(underlying)
        self.strikes = _strikes(underlying)
        grid = np.meshgrid(np.arange(len(self.expiries)), self.strikes, [True, False], indexing="ij")
        self.expiry_number: Integers = grid[0].ravel().astype(np.int64)
        self.strike: Floats = grid[1].ravel()
        self.is_call: NDArray[np.bool_] = grid[2].ravel().astype(bool)
        self._expires_ms = np.array([datetime.combine(day, time(16), NEW_YORK).timestamp() * 1_000 for day in self.expiries])
        random = np.random.default_rng((seed, underlying.day.toordinal(), 20_000 + underlying.number))
        self.open_interest = self._make_open_interest(random)
        self.previous_open_interest: Integers = (self.open_interest / random.lognormal(0.03, 0.12, len(self.strike))).astype(np.int64)
        self.symbols = [self._name(number) for number in range(len(self.strike))]
        self.numbers = {name: number for number, name in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.strike)

    def years(self, moment_ms: Integers | int, contract: Integers | slice = slice(None)) -> Floats:
        """Return the time left to contracts at a moment (or each at its own)."""
        left = (self._expires_ms[self.expiry_number[contract]] - moment_ms) / _YEAR_MS
        return np.maximum(left, _SHORTEST_YEARS)

    def volatility(self, spot: Floats | float, years: Floats, contract: Integers | slice = slice(None)) -> Floats:
        """Return implied volatilities: low strikes dear, far ones dearer, near expiries a little above, falling prices too."""
        widths = np.log(self.strike[contract] / spot) / (self.underlying.volatility * np.sqrt(np.maximum(years, 1 / 52)))
        smile = 1 - 0.06 * np.clip(widths, -3, 3) + 0.035 * np.clip(widths, -3, 3) ** 2
        term = 1 + 0.12 * np.exp(-years * 20)
        move = np.clip(1 - 1.2 * np.log(spot / self.underlying.first_price), 0.85, 1.25)
        return np.asarray(self.underlying.volatility * smile * term * move)

    def greeks(self, spot: Floats | float, moment_ms: Integers | int, contract: Integers | slice = slice(None)) -> tuple[Greeks, Floats]:
        """Return Greeks and volatilities of all contracts, or of those named, at a moment."""
        years = self.years(moment_ms, contract)
        volatility = self.volatility(spot, years, contract)
        return greeks(spot, self.strike[contract], years, volatility, self.is_call[contract]), volatility

    def greeks_at(self, moment_ms: int) -> tuple[Greeks, Floats]:
        """Return Greeks and volatilities of all contracts at the price of a moment."""
        return self.greeks(self.underlying.price_at(moment_ms), moment_ms)

    def nearest_strike(self, price: Floats) -> Integers:
        """Return the numbers of the strikes that lie nearest to prices."""
        upper = np.clip(np.searchsorted(self.strikes, price), 1, len(self.strikes) - 1)
        nearer = price - self.strikes[upper - 1] < self.strikes[upper] - price
        return np.asarray(upper - nearer, dtype=np.int64)

    def _make_open_interest(self, random: np.random.Generator) -> Integers:
        """Scatter interest around the money, more in monthly expiries, with walls at round strikes: calls above, puts below."""
        spot = self.underlying.first_price
        base = 6_000.0 if self.underlying.is_index else 700.0
        distance = np.log(self.strike / spot) / (self.underlying.volatility * 0.18)
        # Calls are held above the price, puts below it.
        side = np.where(self.is_call, 1.0, -1.0)
        shape = np.exp(-((distance - 0.5 * side) ** 2) / 1.6)
        step = float(self.strikes[1] - self.strikes[0])
        is_round = np.isclose(np.mod(self.strike, 10 * step), 0)
        outside = side * (self.strike - spot) > 0
        wall = np.where(is_round & outside, 6.0, np.where(np.isclose(np.mod(self.strike, 5 * step), 0), 2.0, 1.0))
        monthly = np.array([2.5 if 15 <= day.day <= 21 and day.weekday() == 4 else 1.0 for day in self.expiries])
        life = monthly[self.expiry_number] / (1 + 0.25 * self.expiry_number)
        return np.asarray(base * shape * wall * life * random.lognormal(0, 0.5, len(self.strike)), dtype=np.int64)

    def _name(self, number: int) -> str:
        """Return the OCC symbol."""
        day, right = self.expiries[self.expiry_number[number]], "C" if self.is_call[number] else "P"
        return f"{self.underlying.symbol}{day:%y%m%d}{right}{round(float(self.strike[number]) * 1_000):08d}"


def _strikes(underlying: Underlying) -> Floats:
    step = _INDEX_STEP if underlying.is_index else next(step for below, step in _STEPS if underlying.first_price < below)
    each_way = _INDEX_STRIKES_EACH_WAY if underlying.is_index else _STRIKES_EACH_WAY
    low, high = float(underlying.price.min()), float(underlying.price.max())
    first = max(1, floor(low / step) - each_way)
    return np.arange(first, ceil(high / step) + each_way + 1, dtype=np.float64) * step


def _expiries(underlying: Underlying) -> list[date]:
    """Return the dates of expiry: index funds each trading day of a week, all the next Fridays and the monthly ones."""
    today = underlying.day
    found = {_trading_day(today + timedelta(days=days)) for days in range(8)} if underlying.is_index else set()
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    found |= {_trading_day(friday + timedelta(weeks=weeks)) for weeks in range(4)}
    for months in range(1, 4):
        first = date(today.year + (today.month - 1 + months) // 12, (today.month - 1 + months) % 12 + 1, 1)
        found.add(_trading_day(first + timedelta(days=(4 - first.weekday()) % 7 + 14)))
    return sorted(day for day in found if day >= today)


def _trading_day(day: date) -> date:
    """Return the day, or the last trading day before it."""
    while session_bounds(day) is None:
        day -= timedelta(days=1)
    return day
