"""Derived numbers of symbols as the other stages would write them, made of the topics' examples: for a stage that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.whole_market.size import START_US, MarketSize
from infra.clock import MICROSECONDS
from schemas import catalog, golden_examples

_EVERY_SECONDS = {"derived.book-metrics": 1, "derived.gamma-profiles": 5, "derived.flow-metrics": 5, "derived.regimes": 60}


def facts(topic: str, size: MarketSize, symbols: Sequence[str], seconds: int) -> list[Any]:
    """Return the records of one topic: book numbers of symbols with a book, gamma of those with a chain, flow and regime of all."""
    among = {"derived.book-metrics": symbols[: size.books], "derived.gamma-profiles": [name for name in symbols if name in size.chains]}
    example: Any = golden_examples.load(catalog.topic(topic))["typical"]
    return list(_repeated(example, among.get(topic, symbols), _EVERY_SECONDS[topic], seconds))


def depth_numbers(symbols: Sequence[str], updates: int, seconds: int) -> list[Any]:
    """Return what stage.depth writes of so many updates a second of each symbol."""
    example: Any = golden_examples.load(catalog.topic("derived.depth"))["typical"]
    return [
        replace(example, symbol=symbol, ts_event=START_US + number * MICROSECONDS // updates, generation=1, sequence=number + 1)
        for number in range(updates * seconds)
        for symbol in symbols
    ]


def _repeated(example: Any, symbols: Sequence[str], every_seconds: int, seconds: int) -> Iterator[Any]:
    for second in range(every_seconds, seconds, every_seconds):
        moment = START_US + second * MICROSECONDS
        changes = {"window_end": moment} if hasattr(example, "window_end") else {}
        for symbol in symbols:
            yield replace(example, symbol=symbol, ts_event=moment, **changes)
