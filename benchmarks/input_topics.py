"""The input of a race: the whole tape on the product's topic, its beginning on others for slow contestants."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from benchmarks.arena import BARS, TRADES, Arena
from benchmarks.contestant import Contestant
from benchmarks.market_tape import NS_PER_TRADE, MarketTape, make_tape
from benchmarks.options import Options
from benchmarks.tape_topic import write_tape
from benchmarks.truth import right_bars
from schemas import catalog


class InputTopics:
    """Topics by number of records, each with its right bars; written when first asked for.

    Attributes
    ----------
    value_bytes
        Mean bytes of a record's value.
    """

    output = catalog.topic(BARS).kafka_name

    def __init__(self, arena: Arena, options: Options, records: int, *, ns_per_trade: int = NS_PER_TRADE) -> None:
        self._arena = arena
        self._options = options
        self._tape = make_tape(records, symbols=options.symbols, ns_per_trade=ns_per_trade)
        self._ready: dict[int, tuple[str, pd.DataFrame]] = {}
        self.value_bytes = 0.0

    def records_for(self, contestant: Contestant) -> int:
        most = contestant.records_at_most
        return len(self._tape) if most is None else min(most, len(self._tape))

    def of(self, contestant: Contestant) -> tuple[str, pd.DataFrame]:
        """Return the topic that the contestant reads and the right bars."""
        records = self.records_for(contestant)
        if records not in self._ready:
            whole = records == len(self._tape)
            name = catalog.topic(TRADES).kafka_name if whole else f"bench.trades.first-{records}"
            tape = self._tape if whole else beginning(self._tape, records)
            if not whole:
                self._arena.create_topic(name)
            self._arena.wait_until_led(name)
            self.value_bytes = write_tape(
                tape,
                self._arena.bootstrap,
                name,
                self._arena.codecs.of(TRADES).schema_id,
                batch_records=self._options.batch_records,
                compression=self._options.compression,
            )
            self._ready[records] = (name, right_bars(tape))
        return self._ready[records]


def beginning(tape: MarketTape, records: int) -> MarketTape:
    """Return the first trades of a tape."""
    columns = ("symbol", "ts_event_ns", "sequence", "price", "size", "condition")
    return replace(tape, **{name: getattr(tape, name)[:records] for name in columns})
