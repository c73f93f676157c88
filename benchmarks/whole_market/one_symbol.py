"""One busy symbol through the folds of all stages that make up its view, without a broker: what one tick's output is, the next tick sees."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, cast

from benchmarks.book_tape import make_books, snapshots_of
from benchmarks.whole_market.flow_events import flow_alerts, off_exchange_prints
from benchmarks.whole_market.option_chains import chain_rows, make_chains
from benchmarks.whole_market.option_trades import option_trades
from benchmarks.whole_market.size import START_US, MarketSize
from benchmarks.whole_market.stocks import first_prices, quotes_of, stock_tape, trades_of
from infra.clock import MICROSECONDS
from infra.settings import Settings
from processors.fold import Fold, Output
from processors.partition_fold import PartitionFold
from processors.stage_spec import StageSpec
from processors.stages import STAGES
from schemas.records import MarketView, Tick

SYMBOL = "SPY"
SIZE = MarketSize(
    symbols=1, trades=20, books=1, book_updates=5, quotes_a_second=2, chains=(SYMBOL,), option_trades=8, off_exchange_prints=1, flow_alerts=1
)
_STAGES = ("market", "microstructure", "gamma", "flow", "regime")
_TICKS = "ops.ticks"


def views_of(seconds: int) -> Iterator[MarketView]:
    """Yield the symbol's views of so many seconds from `START_US` on."""
    waiting = deque(sorted(_records(seconds), key=lambda item: item[1].ts_event))
    folds = {name: _partition(STAGES[name]) for name in _STAGES}
    made: list[Output] = []
    offset = 0
    for second in range(1, seconds + 1):
        moment = START_US + second * MICROSECONDS
        arrived = [(output.topic, output.record) for output in made]
        made.clear()
        while waiting and waiting[0][1].ts_event < moment:
            arrived.append(waiting.popleft())
        for topic, record in arrived:
            offset += 1
            for name in _STAGES:
                if topic in STAGES[name].inputs:
                    folds[name].fold_record(topic, topic, offset, SYMBOL, record, made.append)
        for name in _STAGES:
            if STAGES[name].tick_topic:
                list(folds[name].fold_tick(second, Tick(ts_event=moment), made.append, lambda *_: None))
        yield from (output.record for output in made if isinstance(output.record, MarketView))


def _partition(spec: StageSpec) -> PartitionFold[Any]:
    fold = cast("Fold[Any]", spec.build_fold(Settings()))
    return PartitionFold(0, fold, (_TICKS, _TICKS) if spec.tick_topic else None)


def _records(seconds: int) -> Iterator[tuple[str, Any]]:
    tape = stock_tape(SIZE, seconds)
    prices = first_prices(tape)
    chains = make_chains(SIZE, prices)
    rate = SIZE.books * SIZE.book_updates
    books = make_books(rate * seconds, symbols=(SYMBOL,), start_us=START_US, every_us=MICROSECONDS // rate)
    topics: dict[str, Iterable[Any]] = {
        "market.trades": trades_of(tape),
        "market.quotes": quotes_of(SIZE, tape, seconds),
        "market.books": snapshots_of(books),
        "options.contracts": chain_rows(SIZE, chains, seconds),
        "options.trades": option_trades(SIZE, chains, prices, seconds),
        "options.flow-alerts": flow_alerts(SIZE, chains, seconds),
        "darkpool.prints": off_exchange_prints(SIZE, prices, seconds),
    }
    for topic, records in topics.items():
        yield from ((topic, record) for record in records)
