"""stage.depth: order books of ten levels a side, every number compared with numpy. stage.microstructure: books, second bars and sweeps."""

from __future__ import annotations

import pandas as pd

from benchmarks.arena import BOOKS, DEPTH, Arena
from benchmarks.book_numbers import fault_in
from benchmarks.book_tape import BookTape, make_books, right_numbers, snapshots_of
from benchmarks.stage_tape import Making, StageTape, by_moment, by_tick, stage_tape
from benchmarks.stage_tapes.market import slice_of
from benchmarks.timed_flow import TimedFlow, ticks_over, timed_flow
from benchmarks.whole_market.flow_events import flow_alerts
from benchmarks.whole_market.option_chains import make_chains
from benchmarks.whole_market.size import START_US, MarketSize
from benchmarks.whole_market.stocks import BUSIEST
from infra.clock import MICROSECONDS
from infra.kafka.whole_topic import read_whole
from schemas import catalog

_UPDATES = 200_000


def books_of(making: Making, count: int, rate: int) -> tuple[BookTape, TimedFlow]:
    """Return books of the whole market's ten symbols, so many a second."""
    tape = make_books(count, symbols=BUSIEST[: MarketSize().books], start_us=START_US, every_us=MICROSECONDS // rate)
    names = [(tape.symbols[code], moment) for code, moment in zip(tape.symbol.tolist(), tape.ts_event.tolist(), strict=True)]
    return tape, timed_flow(BOOKS, making.codecs.of(BOOKS), snapshots_of(tape), START_US, names)


@stage_tape("depth")
def depth(making: Making) -> StageTape:
    rate = MarketSize().books * MarketSize().book_updates
    tape, flow = books_of(making, max(round(_UPDATES * making.scale), 200), rate)
    right = right_numbers(tape)

    def fault(place: Arena) -> str:
        codec = place.codecs.of(DEPTH)
        rows = [codec.decode(message.value() or b"").as_avro() for message in read_whole(place.settings.kafka, catalog.topic(DEPTH))]
        return fault_in(pd.DataFrame(rows, columns=["ts_event", *right.columns]), right) or ""

    return StageTape({BOOKS: flow}, float(rate), BOOKS, by_moment, fault)


@stage_tape("microstructure", needs=("derived.bars",))
def microstructure(making: Making) -> StageTape:
    size = MarketSize()
    _, share, seconds = slice_of(making.scale)
    bars = making.written["derived.bars"]
    updates = size.books * max(round(size.book_updates * min(making.scale, 1.0)), 1)
    _, books = books_of(making, updates * seconds, updates)
    alerts = flow_alerts(size, make_chains(size, dict.fromkeys(BUSIEST, 500.0)), seconds)
    flows = {
        BOOKS: books, "derived.bars": bars.until(seconds),
        "options.flow-alerts": timed_flow("options.flow-alerts", making.codecs.of("options.flow-alerts"), alerts, START_US),
    }  # fmt: skip
    ticks = ticks_over(flows, making.codecs.of("ops.ticks"), START_US, seconds)
    rate = size.books * size.book_updates + (len(alerts) + len(bars) / share) / seconds
    return StageTape({**flows, "ops.ticks": ticks}, rate, "ops.ticks", by_tick)
