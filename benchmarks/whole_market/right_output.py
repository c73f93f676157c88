"""Whether what the stages made of the played market is right, by numbers that were computed from the tape alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.arena import Arena
from benchmarks.book_numbers import fault_in
from benchmarks.book_tape import right_numbers
from benchmarks.whole_market.feeds import TAIL_SECONDS, Feeds
from benchmarks.whole_market.size import START_US
from benchmarks.whole_market.stocks import bars_over
from infra.clock import MICROSECONDS
from infra.kafka.whole_topic import read_whole
from schemas import catalog
from schemas.records import Resolution

_NUMBERS = ["open", "high", "low", "close", "volume", "trade_count"]
_VIEWS_PARTITION = 0  # the others' views are counted and not looked at: to decode them all takes longer than to play the market


def faults(place: Arena, feeds: Feeds) -> str:
    """Return what is wrong with bars, views, depth, gamma and flow, and what was put aside; nothing when all is right."""
    seconds = bars_over(feeds.tape, MICROSECONDS, slice(feeds.size.watched))
    whole = feeds.seconds // 60 * 60  # the last minute has a bar if it is whole
    minutes = bars_over(feeds.tape, 60 * MICROSECONDS, slice(feeds.size.watched, None))
    minutes = minutes[minutes.index.get_level_values("window_start") < START_US + whole * MICROSECONDS]
    right = pd.concat((seconds, minutes))
    own = set(seconds.index.get_level_values("symbol"))
    found = (
        _dead_letters(place), _bars(place, seconds, Resolution.S1), _bars(place, minutes, Resolution.M1, own), _views(place, feeds, right),
        _depth(place, feeds), _gamma(place, feeds), _flow(place, feeds),
    )  # fmt: skip
    return "; ".join(fault for fault in found if fault)


def _records(place: Arena, topic: str, partitions: tuple[int, ...] = ()) -> Iterator[Any]:
    codec = place.codecs.of(topic)
    starts = dict.fromkeys(partitions, 0) if partitions else None
    return (codec.decode(message.value() or b"") for message in read_whole(place.settings.kafka, catalog.topic(topic), starts=starts))


def _dead_letters(place: Arena) -> str:
    names = [topic for name in place.known_topics if (topic := catalog.topic(name)).dead_letter]
    found = {topic.name: count for topic in names if (count := sum(place.end_offsets(topic.dead_letter_name)))}
    return f"WRONG: dead letters {found}" if found else ""


def _bars(place: Arena, right: pd.DataFrame, resolution: Resolution, others: Set[str] = frozenset()) -> str:
    """Compare the bars of one length, those of some symbols left out."""
    bars = [bar for bar in _records(place, "derived.bars") if bar.resolution is resolution and bar.symbol not in others]
    found = pd.DataFrame(
        [(bar.symbol, bar.window_start, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count) for bar in bars],
        columns=["symbol", "window_start", *_NUMBERS],
    )
    own = found.drop_duplicates().set_index(["symbol", "window_start"]).sort_index()
    if not own.index.is_unique:
        return f"WRONG: the bar {own.index[own.index.duplicated()][0]} came twice and differed"
    missing, unexpected = right.index.difference(own.index), own.index.difference(right.index)
    if len(missing) or len(unexpected):
        return f"WRONG: {len(missing):,} bars missing, {len(unexpected):,} unexpected of {len(right):,}"
    different = ~np.isclose(own.to_numpy(float), right[_NUMBERS].to_numpy(float), rtol=1e-12).all(axis=1)
    return f"WRONG: {int(different.sum()):,} of {len(right):,} bars, e.g. {right.index[different][0]}" if different.any() else ""


def _views(place: Arena, feeds: Feeds, right: pd.DataFrame) -> str:
    """Compare the shares that the views of one partition tell of with those traded."""
    told: defaultdict[str, float] = defaultdict(float)
    seen: set[tuple[str, int]] = set()
    for view in _records(place, "views", (_VIEWS_PARTITION,)):
        if (view.symbol, view.ts_event) not in seen:
            seen.add((view.symbol, view.ts_event))
            told[view.symbol] += view.interval_volume
    own = {feeds.tape.symbols[code] for code in np.flatnonzero(feeds.tape.partition_of_symbol == _VIEWS_PARTITION).tolist()}
    traded = right["volume"].groupby(level="symbol").sum()
    wrong = [symbol for symbol in own & set(traded.index) if not np.isclose(told[symbol], traded[symbol], rtol=1e-9)]
    return f"WRONG: the views of {len(wrong):,} symbols tell of other volumes than were traded, e.g. {wrong[0]}" if wrong else ""


def _depth(place: Arena, feeds: Feeds) -> str:
    right = right_numbers(feeds.books)
    rows = [record.as_avro() for record in _records(place, "derived.depth")]
    return fault_in(pd.DataFrame(rows, columns=["ts_event", *right.columns]), right) or ""


def _gamma(place: Arena, feeds: Feeds) -> str:
    """A profile of each chain at every tick after its first row."""
    found = Counter(symbol for symbol, _ in {(record.symbol, record.ts_event) for record in _records(place, "derived.gamma-profiles")})
    wanted = Counter({symbol: feeds.seconds + TAIL_SECONDS - floor(first) for symbol, first in feeds.first_rows.items()})
    wrong = [symbol for symbol in wanted if found[symbol] < wanted[symbol] - 1]  # rows that come with their tick are seen by the next
    return f"WRONG: {found[wrong[0]]:,} gamma profiles of {wrong[0]}, expected {wanted[wrong[0]]:,}" if wrong else ""


def _flow(place: Arena, feeds: Feeds) -> str:
    newest: dict[str, Any] = {}
    for record in _records(place, "derived.flow-metrics"):
        newest[record.symbol] = record
    wrong = [
        symbol for symbol, count in feeds.trades_by_underlying.items() if symbol not in newest or newest[symbol].option_trades != count
    ]  # fmt: skip
    return f"WRONG: the option trades of {len(wrong):,} underlyings are counted otherwise, e.g. {wrong[0]}" if wrong else ""
