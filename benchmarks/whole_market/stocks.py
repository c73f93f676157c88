"""Trades of all stocks, and quotes of those that have an order book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.market_tape import MarketTape, make_tape
from benchmarks.whole_market.size import START_US, MarketSize
from infra.clock import MICROSECONDS
from schemas.records import Quote, Trade

BUSIEST = ("SPY", "QQQ", "IWM", "NVDA", "TSLA", "AAPL", "AMD", "AMZN", "META", "MSFT")
_NS = 1_000_000_000
_SOURCE = "polygon"


def stock_tape(size: MarketSize, seconds: int, seed: int = 7) -> MarketTape:
    """Return the trades of so many seconds from `START_US` on; the busiest symbols carry the names of the index funds."""
    tape = make_tape(
        size.trades * seconds, symbols=size.symbols, seed=seed, start_ns=START_US * 1_000, ns_per_trade=_NS // size.trades
    )  # fmt: skip
    names = tuple(dict.fromkeys((*BUSIEST, *tape.symbols)))[: size.symbols]
    return replace(tape, symbols=names)


def trades_of(tape: MarketTape) -> Iterator[Trade]:
    """Yield the tape as Polygon's feed would write it."""
    columns = (tape.symbol, tape.ts_event_ns // 1_000, tape.sequence, tape.price, tape.size)
    for code, moment, sequence, price, size in zip(*(column.tolist() for column in columns), strict=True):
        yield Trade(
            symbol=tape.symbols[code], ts_event=moment, ts_received=moment, ts_published=moment, source=_SOURCE, trade_id=str(sequence),
            sequence=sequence, price=price, size=float(size), exchange=4,
        )  # fmt: skip


def first_prices(tape: MarketTape) -> dict[str, float]:
    """Return each symbol's first price, US dollars."""
    codes, rows = np.unique(tape.symbol, return_index=True)
    return {tape.symbols[code]: float(tape.price[row]) for code, row in zip(codes.tolist(), rows.tolist(), strict=True)}


def with_books(size: MarketSize, tape: MarketTape) -> Sequence[str]:
    """Return the symbols that have an order book."""
    return tape.symbols[: size.books]


def quotes_of(size: MarketSize, tape: MarketTape, seconds: int) -> list[Quote]:
    """Return quotes a cent around the last price of each symbol with a book."""
    prices = first_prices(tape)
    quotes = []
    for code, symbol in enumerate(with_books(size, tape)):
        own = np.flatnonzero(tape.symbol == code)
        moments = START_US + (np.arange(seconds * size.quotes_a_second) * MICROSECONDS // size.quotes_a_second) + code
        last = np.searchsorted(tape.ts_event_ns[own] // 1_000, moments) - 1
        for number, (moment, place) in enumerate(zip(moments.tolist(), last.tolist(), strict=True), 1):
            price = float(tape.price[own[place]]) if place >= 0 else prices.get(symbol, 100.0)
            quotes.append(
                Quote(
                    symbol=symbol, ts_event=moment, ts_received=moment, ts_published=moment, source=_SOURCE, sequence=number,
                    bid_price=round(price - 0.01, 2), bid_size=300.0, ask_price=round(price + 0.01, 2), ask_size=200.0,
                )
            )  # fmt: skip
    return sorted(quotes, key=lambda quote: quote.ts_event)
