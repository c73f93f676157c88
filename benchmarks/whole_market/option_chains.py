"""Option chains, row by row as a vendor's pages bring them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.whole_market.size import SESSION_DAY, START_US, MarketSize
from infra.clock import MICROSECONDS
from schemas.records import Licence, OptionContract, OptionRight

EXPIRIES = 25
PAGE_ROWS = 500
_FILL_SECONDS = 20  # every chain has come once by then
_EPOCH = date(1970, 1, 1)
SOURCE = "unusual_whales"


@dataclass(frozen=True, slots=True)
class Chain:
    """The contracts of one underlying, as columns.

    Attributes
    ----------
    spot
        US dollars.
    expiry
        Days since 1970-01-01.
    interest
        Open contracts.
    volatility
        Implied, a year, as a fraction.
    """

    symbol: str
    spot: float
    expiry: NDArray[np.int64]
    strike: NDArray[np.float64]
    is_call: NDArray[np.bool_]
    interest: NDArray[np.int64]
    volatility: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.strike)

    def name(self, place: int) -> str:
        """Return the OCC symbol of a contract."""
        day = _EPOCH + timedelta(days=int(self.expiry[place]))
        return f"{self.symbol}{day:%y%m%d}{'C' if self.is_call[place] else 'P'}{round(self.strike[place] * 1_000):08d}"

    def row(self, place: int, moment_us: int) -> OptionContract:
        """Return a contract's row as of a moment."""
        return OptionContract(
            symbol=self.symbol, ts_event=moment_us, ts_received=moment_us, ts_published=moment_us, source=SOURCE, licence=Licence.INTERNAL,
            option_symbol=self.name(place), expiry=int(self.expiry[place]), strike=float(self.strike[place]),
            right=OptionRight.CALL if self.is_call[place] else OptionRight.PUT, bid=1.0, ask=1.05, last_price=1.02,
            implied_volatility=float(self.volatility[place]), delta=0.4, gamma=0.01, theta=-0.05, vega=0.1, rho=0.01, volume=120,
            open_interest=int(self.interest[place]),
        )  # fmt: skip


def make_chain(symbol: str, spot: float, contracts: int, seed: int = 7) -> Chain:
    """Return contracts of 25 expiries, calls and puts at strikes within a quarter of the spot, with a smile."""
    random = np.random.Generator(np.random.PCG64([seed, *symbol.encode()]))
    place = np.arange(contracts)
    strikes = -(-contracts // (2 * EXPIRIES))
    step = max(round(spot * 0.5 / strikes, 1), 0.1)
    strike = np.round(np.maximum(round(spot) + (place // (2 * EXPIRIES) - strikes // 2) * step, 0.1), 1)
    return Chain(
        symbol, spot, SESSION_DAY + 2 + place % EXPIRIES * 3, strike, place // EXPIRIES % 2 == 1,
        random.integers(1, 20_000, contracts), 0.18 + 0.4 * np.abs(strike / spot - 1) + random.uniform(0.0, 0.02, contracts),
    )  # fmt: skip


def make_chains(size: MarketSize, prices: dict[str, float]) -> list[Chain]:
    """Return the market's chains; an index, which has no trades of its own, stands at ten times the first fund's price."""
    index = 10 * next(iter(prices.values()), 590.0)
    return [make_chain(symbol, prices.get(symbol, index), size.contracts) for symbol in size.chains]


def chain_rows(size: MarketSize, chains: list[Chain], seconds: int) -> Iterator[OptionContract]:
    """Yield every chain once, then page by page again, in the order of time; the rows of a page have one moment."""
    pages = [(chain, range(first, min(first + PAGE_ROWS, len(chain)))) for chain in chains for first in range(0, len(chain), PAGE_ROWS)]
    fill = min(_FILL_SECONDS, seconds / 2)
    moments = [fill * number / len(pages) for number in range(len(pages))]
    while moments[-1] + size.chain_seconds / len(pages) < seconds:
        moments.append(moments[-1] + size.chain_seconds / len(pages))
    for number, moment in enumerate(moments):
        chain, places = pages[number % len(pages)]
        for place in places:
            yield chain.row(place, START_US + round(moment * MICROSECONDS))
