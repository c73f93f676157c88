"""Everything that feeds write of the market in so many seconds, ready to be sent, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.book_tape import BookTape, make_books, snapshots_of
from benchmarks.market_tape import MarketTape
from benchmarks.timed_flow import TimedFlow, heartbeats_over, timed_flow
from benchmarks.whole_market.flow_events import flow_alerts, off_exchange_prints
from benchmarks.whole_market.option_chains import Chain, chain_rows, make_chains
from benchmarks.whole_market.option_trades import option_trades
from benchmarks.whole_market.size import START_US, MarketSize
from benchmarks.whole_market.stocks import first_prices, minute_bars_of, quotes_of, stock_tape, trades_of, with_books
from infra.clock import MICROSECONDS
from infra.kafka.codecs import CodecSet

TAIL_SECONDS = 36  # ticks go on for so long, so that every second closes, and the last minute of the symbols known by bars
_FEED = "feed.polygon"
_WATERMARKED = ("market.trades", "market.quotes")


@dataclass(frozen=True, slots=True)
class Feeds:
    """What is played, and what it is made of.

    Attributes
    ----------
    flows
        By logical topic, heartbeats of the stock feed included.
    trades_by_underlying
        Option trades of each.
    first_rows
        When each chain's first row is due, seconds.
    """

    size: MarketSize
    seconds: int
    flows: Mapping[str, TimedFlow]
    tape: MarketTape
    books: BookTape
    trades_by_underlying: Mapping[str, int]
    first_rows: Mapping[str, float]


def make_feeds(size: MarketSize, seconds: int, codecs: CodecSet) -> Feeds:
    """Return the feeds of a market; equal arguments give equal records."""
    tape = stock_tape(size, seconds)
    prices = first_prices(tape)
    chains = make_chains(size, prices)
    symbols = with_books(size, tape)
    rate = len(symbols) * size.book_updates
    books = make_books(rate * seconds, symbols=symbols, start_us=START_US, every_us=MICROSECONDS // rate)
    traded = option_trades(size, chains, prices, seconds)
    records: dict[str, Iterable[Any]] = {
        "market.trades": trades_of(tape, size.watched),
        "market.quotes": quotes_of(size, tape, seconds),
        "market.books": snapshots_of(books),
        "options.contracts": chain_rows(size, chains, seconds),
        "options.trades": traded,
        "options.flow-alerts": flow_alerts(size, chains, seconds),
        "darkpool.prints": off_exchange_prints(size, prices, seconds),
    }
    flows = {topic: timed_flow(topic, codecs.of(topic), found, START_US) for topic, found in records.items()}
    bars, moments = minute_bars_of(tape, seconds)
    flows["market.bars"] = timed_flow("market.bars", codecs.of("market.bars"), bars, START_US, moments=moments)
    watched = {topic: flows[topic] for topic in _WATERMARKED}
    flows["ops.heartbeats"] = heartbeats_over(watched, _FEED, codecs.of("ops.heartbeats"), START_US, seconds + TAIL_SECONDS)
    counted = Counter(trade.symbol for trade in traded)
    return Feeds(size, seconds, flows, tape, books, counted, _first_rows(size, chains, seconds))


def _first_rows(size: MarketSize, chains: list[Chain], seconds: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in chain_rows(size, chains, seconds):
        found.setdefault(row.symbol, (row.ts_event - START_US) / MICROSECONDS)
    return found
