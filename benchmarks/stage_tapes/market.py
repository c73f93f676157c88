"""stage.market: a slice of the whole market, long enough for indicators and boxes to be there; and numbers of the other stages."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

from benchmarks.stage_tape import Making, StageTape, by_tick, stage_tape
from benchmarks.timed_flow import ticks_over, timed_flow
from benchmarks.whole_market.facts import facts
from benchmarks.whole_market.size import START_US, MarketSize
from benchmarks.whole_market.stocks import minute_bars_of, quotes_of, stock_tape, trades_of
from processors.folds.facts import TOPICS as FACTS

_SYMBOLS, _SECONDS = 150, 2_100
_FEWEST, _SHORTEST = 8, 120


def slice_of(scale: float) -> tuple[MarketSize, float, int]:
    """Return the slice's size, its share of the whole market, and how many seconds it lasts."""
    whole = MarketSize()
    share = max(round(_SYMBOLS * sqrt(scale)), _FEWEST) / whole.symbols
    return whole.share(share), share, max(round(_SECONDS * sqrt(scale)), _SHORTEST)


@stage_tape("market")
def market(making: Making) -> StageTape:
    size, share, seconds = slice_of(making.scale)
    tape = stock_tape(size, seconds)
    records: dict[str, Iterable[Any]] = {"market.trades": trades_of(tape), "market.quotes": quotes_of(size, tape, seconds)}
    records |= {topic: facts(topic, size, tape.symbols, seconds) for topic in FACTS}
    flows = {topic: timed_flow(topic, making.codecs.of(topic), found, START_US) for topic, found in records.items()}
    bars, moments = minute_bars_of(tape, seconds)
    flows["market.bars"] = timed_flow("market.bars", making.codecs.of("market.bars"), bars, START_US, moments=moments).until(seconds)
    ticks = ticks_over(flows, making.codecs.of("ops.ticks"), START_US, seconds)
    rate = sum(map(len, flows.values())) / seconds / share
    return StageTape({**flows, "ops.ticks": ticks}, rate, "ops.ticks", by_tick)
