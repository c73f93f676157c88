"""A made-up market of crypto pairs that never closes; readable at any moment in any order.

The price is a sum of slow waves, so that it is known at each moment without those before it; prints and quotes are drawn from
random numbers of their own minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from infra.vendorsim.market_events import MINUTE_MS

_BASE_DOLLARS = {"BTC/USD": 96_000.0, "ETH/USD": 3_400.0, "ADA/USD": 0.85}
_WAVES = ((7.3 * 3_600, 0.012), (47 * 60, 0.004), (6.1 * 60, 0.0012))  # period in seconds, share of the price
_PRINTS_A_MINUTE, _QUOTES_A_MINUTE = 25, 40
_PLACES = 9  # of sizes, as the vendor rounds them


class CryptoTrade(NamedTuple):
    """One print: US dollars a coin, and coins."""

    ts_ns: int
    price: float
    size: float
    trade_id: int
    buyer_took: bool


class CryptoQuote(NamedTuple):
    """Best bid and offer."""

    ts_ns: int
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float


class CryptoMarket:
    """Three pairs, round the clock.

    Parameters
    ----------
    seed
        Another seed is another market.
    """

    symbols = tuple(_BASE_DOLLARS)

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._minute = lru_cache(maxsize=512)(self._generate)

    def events(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[CryptoTrade | CryptoQuote]:
        """Return what happened in ``[start_ms, end_ms)``, in time order."""
        if symbol not in self.symbols:
            return ()
        minutes = range(start_ms // MINUTE_MS, -(-end_ms // MINUTE_MS))
        return [event for minute in minutes for event in self._minute(symbol, minute) if start_ms * 1_000_000 <= event.ts_ns < end_ms * 1_000_000]

    def _generate(self, symbol: str, minute: int) -> list[CryptoTrade | CryptoQuote]:
        number = self.symbols.index(symbol)
        random = np.random.default_rng((self._seed, number, minute))
        start_ns = minute * MINUTE_MS * 1_000_000
        found: list[CryptoTrade | CryptoQuote] = []
        for place, offset in enumerate(np.sort(random.integers(0, MINUTE_MS * 1_000_000, _PRINTS_A_MINUTE))):
            ts_ns, buyer = start_ns + int(offset), bool(random.integers(2))
            price = self._price(symbol, ts_ns) * (1.00002 if buyer else 0.99998)
            size = round(float(random.lognormal(-4.0, 1.2)), _PLACES)
            found.append(CryptoTrade(ts_ns, _rounded(price), max(size, 1e-9), (minute * 100 + place) * 10 + number, buyer))
        for offset in np.sort(random.integers(0, MINUTE_MS * 1_000_000, _QUOTES_A_MINUTE)):
            ts_ns = start_ns + int(offset)
            price = self._price(symbol, ts_ns)
            sizes = [round(float(size), _PLACES) for size in random.lognormal(-1.0, 0.8, 2)]
            found.append(CryptoQuote(ts_ns, _rounded(price * 0.99995), sizes[0], _rounded(price * 1.00005), sizes[1]))
        return sorted(found, key=lambda event: event.ts_ns)

    def _price(self, symbol: str, ts_ns: int) -> float:
        phase = self._seed + self.symbols.index(symbol)
        seconds = ts_ns / 1e9
        return _BASE_DOLLARS[symbol] * (1 + sum(share * math.sin(2 * math.pi * seconds / period + phase) for period, share in _WAVES))


def _rounded(price: float) -> float:
    return round(price, 2 if price > 10 else 5)
