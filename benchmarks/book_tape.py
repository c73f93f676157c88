"""Order books as a depth feed would send them, and their numbers computed by plain numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.records import BookLevel, BookSnapshot, DepthMode

SYMBOLS = tuple(f"BOOK{number:02}" for number in range(50))
LEVELS = 10
STALE_EVERY = 97  # one snapshot in so many says nothing new and must be dropped
_START_US = 1_577_984_400_000_000
_MODE = next(iter(DepthMode))


@dataclass(frozen=True, slots=True)
class BookTape:
    """Snapshots in the order of sending; ``ts_event`` tells one from another.

    Attributes
    ----------
    symbols
        Tickers; ``symbol`` indexes them.
    fresh
        Newer than those of its symbol before it: its numbers are to come out.
    bids, asks, bid_sizes, ask_sizes
        One row a snapshot, best level first.
    """

    symbols: Sequence[str]
    symbol: NDArray[np.int64]
    ts_event: NDArray[np.int64]
    sequence: NDArray[np.int64]
    fresh: NDArray[np.bool_]
    bids: NDArray[np.float64]
    asks: NDArray[np.float64]
    bid_sizes: NDArray[np.float64]
    ask_sizes: NDArray[np.float64]


def make_books(count: int, seed: int = 7, *, symbols: Sequence[str] = SYMBOLS, start_us: int = _START_US, every_us: int = 1) -> BookTape:
    """Return ``count`` snapshots of ten levels a side, one every so many microseconds; equal arguments give equal books."""
    random = np.random.Generator(np.random.PCG64(seed))
    symbol = random.integers(0, len(symbols), count)
    fresh = np.arange(count) % STALE_EVERY != STALE_EVERY - 1
    sequence = np.zeros(count, np.int64)
    for code in range(len(symbols)):
        own = np.flatnonzero(symbol == code)
        if len(own):
            fresh[own[0]] = True  # the first of a symbol is news
            sequence[own] = np.cumsum(fresh[own])
    middle = random.integers(500, 50_000, len(symbols))[symbol] + random.integers(-20, 21, count)
    steps = np.arange(LEVELS)
    return BookTape(
        symbols=symbols,
        symbol=symbol,
        ts_event=start_us + np.arange(count, dtype=np.int64) * every_us,
        sequence=sequence,
        fresh=fresh,
        bids=(middle[:, None] - steps) / 100,
        asks=((middle + random.integers(1, 4, count))[:, None] + steps) / 100,
        bid_sizes=random.integers(1, 50, (count, LEVELS)).astype(np.float64) * 100,
        ask_sizes=random.integers(1, 50, (count, LEVELS)).astype(np.float64) * 100,
    )


def right_numbers(tape: BookTape) -> pd.DataFrame:
    """Return the numbers of every fresh snapshot by its ``ts_event``."""
    bid, ask, bid_size, ask_size = tape.bids[:, 0], tape.asks[:, 0], tape.bid_sizes[:, 0], tape.ask_sizes[:, 0]
    five, ten = ([sizes[:, :levels].sum(axis=1) for sizes in (tape.bid_sizes, tape.ask_sizes)] for levels in (5, 10))
    numbers = pd.DataFrame(
        {
            "sequence": tape.sequence,
            "bid_price": bid,
            "ask_price": ask,
            "bid_size_5": five[0],
            "ask_size_5": five[1],
            "spread_bps": (ask - bid) / ((ask + bid) / 2) * 10_000,
            "imbalance_5": (five[0] - five[1]) / (five[0] + five[1]),
            "imbalance_10": (ten[0] - ten[1]) / (ten[0] + ten[1]),
            "microprice": (bid * ask_size + ask * bid_size) / (bid_size + ask_size),
        },
        index=pd.Index(tape.ts_event, name="ts_event"),
    )
    return numbers[tape.fresh]


def snapshots_of(tape: BookTape) -> Iterator[BookSnapshot]:
    """Yield the snapshots in the order of sending."""
    for row, code in enumerate(tape.symbol.tolist()):
        moment = int(tape.ts_event[row])
        bids, asks = (
            tuple(BookLevel(price=price, size=size, market_maker=None) for price, size in zip(prices[row].tolist(), sizes[row].tolist(), strict=True))
            for prices, sizes in ((tape.bids, tape.bid_sizes), (tape.asks, tape.ask_sizes))
        )
        yield BookSnapshot(
            symbol=tape.symbols[code], ts_event=moment, ts_received=moment, ts_published=moment, source="ibkr", mode=_MODE,
            generation=1, sequence=int(tape.sequence[row]), age_ms=0, bids=bids, asks=asks,
        )  # fmt: skip
