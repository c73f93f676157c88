"""The tape that every contestant reads: seeded trades of many symbols, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from aiokafka.partitioner import murmur2
from numpy.typing import NDArray

START_NS = 1_577_955_600_000_000_000  # 2020-01-02 09:00 UTC, before New York opens
NS_PER_TRADE = 3_600_000  # a million trades an hour
ZIPF_EXPONENT = 0.9
CONDITIONS = ("", "37", "14,41", "12,37")  # the first stands for null
_CONDITION_SHARES = (0.85, 0.08, 0.04, 0.03)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class MarketTape:
    """Trades in event order.

    Attributes
    ----------
    symbols
        Tickers; ``symbol`` and ``partition_of_symbol`` index them.
    ts_event_ns
        Strictly rising, UTC nanoseconds.
    sequence
        Place of the trade among its symbol's, from 1.
    condition
        Index into `CONDITIONS`.
    """

    symbols: tuple[str, ...]
    symbol: NDArray[np.uint16]
    ts_event_ns: NDArray[np.int64]
    sequence: NDArray[np.int64]
    price: NDArray[np.float64]
    size: NDArray[np.int64]
    condition: NDArray[np.uint8]
    partitions: int

    def __len__(self) -> int:
        return len(self.symbol)

    @cached_property
    def partition_of_symbol(self) -> NDArray[np.int64]:
        """Partition of each symbol, as every Kafka client computes it from the key."""
        hashes = [murmur2(name.encode()) & 0x7FFFFFFF for name in self.symbols]
        return np.array(hashes, np.int64) % self.partitions


def make_tape(
    records: int, *, symbols: int = 200, partitions: int = 4, seed: int = 7, start_ns: int = START_NS, ns_per_trade: int = NS_PER_TRADE
) -> MarketTape:
    """Return ``records`` trades; equal arguments give equal trades, and tickers depend on ``symbols`` alone.

    Symbols are drawn from a Zipf law, prices walk in cents, sizes are mostly round lots.
    """
    if not 0 < symbols <= len(_LETTERS) ** 3:
        raise ValueError(f"expected 1 to {len(_LETTERS) ** 3} symbols, found {symbols}")
    random = np.random.Generator(np.random.PCG64(seed))
    weights = np.arange(1, symbols + 1) ** -ZIPF_EXPONENT
    # Quantiles of the cumulated weights: several times faster than Generator.choice with probabilities.
    symbol = np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(records)).clip(max=symbols - 1).astype(np.uint16)
    ts = start_ns + np.arange(records, dtype=np.int64) * ns_per_trade + random.integers(0, ns_per_trade, records)
    by_symbol = np.argsort(symbol, kind="stable")
    sorted_symbol = symbol[by_symbol]
    first = np.searchsorted(sorted_symbol, np.arange(symbols))
    sequence = np.empty(records, np.int64)
    sequence[by_symbol] = np.arange(records) - first[sorted_symbol] + 1
    steps = np.cumsum(random.integers(-1, 2, records))
    start_of_walk = random.integers(500, 50_000, symbols) - steps[np.minimum(first, records - 1)]
    cents = np.empty(records, np.int64)
    cents[by_symbol] = np.abs(steps + start_of_walk[sorted_symbol]) + 1  # reflected, so a price stays above 0
    lots = 100 * random.integers(1, 10, records)
    size = np.where(random.random(records) < 0.6, lots, random.integers(1, 100, records))
    condition = np.searchsorted(np.cumsum(_CONDITION_SHARES), random.random(records)).clip(max=len(CONDITIONS) - 1)
    return MarketTape(
        symbols=_tickers(symbols),
        symbol=symbol,
        ts_event_ns=ts,
        sequence=sequence,
        price=cents / 100.0,
        size=size,
        condition=condition.astype(np.uint8),
        partitions=partitions,
    )


def _tickers(count: int) -> tuple[str, ...]:
    numbers = np.random.Generator(np.random.PCG64(1)).permutation(len(_LETTERS) ** 3)[:count]
    return tuple(_LETTERS[n // 676] + _LETTERS[n // 26 % 26] + _LETTERS[n % 26] for n in numbers)
