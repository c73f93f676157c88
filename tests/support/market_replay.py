"""Trades, quotes and views for tests, and a way to drive the market fold with ticks."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from infra.feature_settings import FeatureSettings
from infra.settings import BarSettings, BoxSettings
from processors.fold import Output
from processors.folds.market import MarketFold
from schemas.records import Bar, MarketState, Quote, Tick, Trade

SECOND = 1_000_000
OPEN = 1_750_253_400 * SECOND  # 2025-06-18 09:30:00 in New York
SYMBOL = "BCRX"


def trade(seconds: float, price: float, size: float = 100.0, sequence: int | None = None, **changes: Any) -> Trade:
    """Make a trade some seconds after the open; the sequence follows from the time unless given."""
    moment = OPEN + round(seconds * SECOND)
    number = round(seconds * 1_000) + 10_000_000 if sequence is None else sequence
    values: dict[str, Any] = {
        "symbol": SYMBOL, "ts_event": moment, "ts_received": moment, "ts_published": moment, "source": "polygon",
        "trade_id": f"t{number}", "sequence": number, "price": price, "size": size,
    }  # fmt: skip
    return Trade(**{**values, **changes})


def quote(seconds: float, bid: float | None, ask: float | None, sequence: int | None = None) -> Quote:
    """Make a quote some seconds after the open, 300 shares on each side."""
    moment = OPEN + round(seconds * SECOND)
    return Quote(
        symbol=SYMBOL, ts_event=moment, ts_received=moment, ts_published=moment, source="polygon",
        sequence=round(seconds * 1_000) if sequence is None else sequence,
        bid_price=bid, bid_size=None if bid is None else 300.0, ask_price=ask, ask_size=None if ask is None else 300.0,
    )  # fmt: skip


def random_tape(seed: int, first: float, last: float, count: int) -> list[Trade]:
    """Make a random walk of so many trades between two moments, seconds from the open."""
    generator = random.Random(seed)
    price, tape = 5.0, []
    for number, moment in enumerate(sorted(generator.uniform(first, last) for _ in range(count))):
        price = max(0.5, price + generator.choice((-0.02, -0.01, 0.0, 0.01, 0.02)))
        tape.append(trade(moment, round(price, 2), float(generator.randint(1, 900)), sequence=number))
    return tape


class Driver:
    """Feeds one symbol's fold; collects its outputs."""

    def __init__(self, bars: BarSettings | None = None, boxes: BoxSettings | None = None, feature: FeatureSettings | None = None) -> None:
        self.fold = MarketFold(bars or BarSettings(), boxes or BoxSettings(), feature or FeatureSettings())
        self.state: MarketState = self.fold.initial(SYMBOL)
        self.outputs: list[Output] = []

    def feed(self, *records: Trade | Quote | Bar) -> None:
        """Fold records, no tick."""
        for record in records:
            topic = {Trade: "market.trades", Quote: "market.quotes", Bar: "market.bars"}[type(record)]
            self.state, outputs = self.fold.step(self.state, topic, record)
            assert not outputs, "only ticks have outputs"

    def tick(self, seconds: int, **unfit: str) -> Sequence[Output]:
        """Fold the tick this many seconds after the open, if the fold wants it; ``quotes="CROSSED"`` makes a topic unfit."""
        record = Tick(ts_event=OPEN + seconds * SECOND, unfit={f"market.{topic}": why for topic, why in unfit.items()})
        if not self.fold.wants_tick(self.state, record):
            return ()
        self.state, outputs = self.fold.step(self.state, "ops.ticks", record)
        self.outputs += outputs
        return outputs

    def play(self, records: Iterable[Trade | Quote | Bar], until: int, first: int | None = None) -> None:
        """Fold records in time order with a tick each second up to ``until``."""
        waiting = sorted(records, key=lambda record: record.ts_event)
        start = (waiting[0].ts_event - OPEN) // SECOND if first is None else first
        place = 0
        for second in range(start, until + 1):
            while place < len(waiting) and waiting[place].ts_event < OPEN + second * SECOND:
                self.feed(waiting[place])
                place += 1
            self.tick(second)

    def written(self, topic: str, **wanted: Any) -> list[Any]:
        """Return the records written to a topic whose fields have the wanted values."""
        rows = [output.record for output in self.outputs if output.topic == topic]
        return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
