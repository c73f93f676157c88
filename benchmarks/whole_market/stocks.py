"""Minute bars of all stocks, trades of the watched ones, and quotes of those that have an order book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
import pandas as pd

from benchmarks.market_tape import MarketTape, make_tape
from benchmarks.whole_market.size import START_US, MarketSize
from infra.clock import MICROSECONDS
from schemas.records import Bar, Quote, Resolution, Trade

BUSIEST = ("SPY", "QQQ", "IWM", "NVDA", "TSLA", "AAPL", "AMD", "AMZN", "META", "MSFT")
_NS = 1_000_000_000
_SOURCE = "polygon"
_MINUTE_US = 60 * MICROSECONDS


def stock_tape(size: MarketSize, seconds: int, seed: int = 7) -> MarketTape:
    """Return the trades of so many seconds from `START_US` on; the busiest symbols carry the names of the index funds."""
    tape = make_tape(
        size.trades * seconds, symbols=size.symbols, seed=seed, start_ns=START_US * 1_000, ns_per_trade=_NS // size.trades
    )  # fmt: skip
    names = tuple(dict.fromkeys((*BUSIEST, *tape.symbols)))[: size.symbols]
    return replace(tape, symbols=names)


def trades_of(tape: MarketTape, symbols: int | None = None) -> Iterator[Trade]:
    """Yield the trades of all symbols, or of the first ones, as Polygon's feed would write them."""
    own = tape.symbol < (symbols or len(tape.symbols))
    columns = (column[own] for column in (tape.symbol, tape.ts_event_ns // 1_000, tape.sequence, tape.price, tape.size))
    for code, moment, sequence, price, size in zip(*(column.tolist() for column in columns), strict=True):
        yield Trade(
            symbol=tape.symbols[code], ts_event=moment, ts_received=moment, ts_published=moment, source=_SOURCE, trade_id=str(sequence),
            sequence=sequence, price=price, size=float(size), exchange=4,
        )  # fmt: skip


def bars_over(tape: MarketTape, length_us: int, codes: slice) -> pd.DataFrame:
    """Return the bars of some of the symbols, by symbol and start in microseconds; a window without trades has none."""
    first, last, _ = codes.indices(len(tape.symbols))
    own = (tape.symbol >= first) & (tape.symbol < last)
    moments, price, size = tape.ts_event_ns[own] // 1_000, tape.price[own], tape.size[own].astype(float)
    trades = pd.DataFrame(
        {"code": tape.symbol[own], "window_start": moments // length_us * length_us, "price": price, "size": size, "notional": price * size}
    )
    bars = trades.groupby(["code", "window_start"], sort=True).agg(
        open=("price", "first"), high=("price", "max"), low=("price", "min"), close=("price", "last"), volume=("size", "sum"),
        notional=("notional", "sum"), trade_count=("size", "count"),
    ).reset_index()  # fmt: skip
    bars.insert(0, "symbol", np.array(tape.symbols)[bars.pop("code")])
    return bars.set_index(["symbol", "window_start"]).sort_index()


def minute_bars_of(tape: MarketTape, seconds: int) -> tuple[list[Bar], list[int]]:
    """Return every symbol's bars of whole minutes as Polygon's feed would write them, and when each comes: one to three seconds after its end."""
    table = bars_over(tape, _MINUTE_US, slice(None))
    found: list[tuple[int, Bar]] = []
    until_us = START_US + seconds * MICROSECONDS
    columns = [table[name].tolist() for name in ("open", "high", "low", "close", "volume", "notional", "trade_count")]
    for (symbol, start), (first, high, low, last, volume, notional, count) in zip(table.index.tolist(), zip(*columns, strict=True), strict=True):
        end = start + _MINUTE_US
        if end > until_us:
            continue
        moment = end + MICROSECONDS + crc32(symbol.encode()) % (2 * MICROSECONDS)
        found.append((moment, Bar(
            symbol=symbol, resolution=Resolution.M1, window_start=start, window_end=end, open=first, high=high, low=low, close=last, volume=volume,
            vwap=notional / volume, trade_count=count, source=_SOURCE, ts_event=end, ts_received=moment, ts_published=moment,
        )))  # fmt: skip
    found.sort(key=lambda pair: (pair[0], pair[1].symbol))
    return [bar for _, bar in found], [moment for moment, _ in found]


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
