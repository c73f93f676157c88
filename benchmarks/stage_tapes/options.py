"""stage.gamma: four chains, option trades and bars, a profile of each chain every second. stage.flow: option trades, prints, alerts, books.
stage.aggregate: option trades, alerts and the tape of all symbols, of which it merges three.

Ticks cover the option trades too, as if their feed were among those that ticks wait for: so the log alone says what was seen, and it can be
folded again. Of the chains' own symbols gamma gets no bars: a worker that catches up sees a bar before the tick that it was published after.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import sqrt
from typing import Any

from benchmarks.stage_tape import Making, StageTape, by_tick, stage_tape
from benchmarks.timed_flow import ticks_over, timed_flow
from benchmarks.whole_market.facts import depth_numbers
from benchmarks.whole_market.flow_events import flow_alerts, off_exchange_prints
from benchmarks.whole_market.option_chains import chain_rows, make_chains
from benchmarks.whole_market.option_trades import option_trades
from benchmarks.whole_market.size import START_US, MarketSize
from benchmarks.whole_market.stocks import first_prices, stock_tape, trades_of, with_books
from infra.clock import MICROSECONDS

_GAMMA_SECONDS, _FLOW_SECONDS, _MERGED_SECONDS = 180, 600, 60
_SHORTEST = 60
_CHAINS_SECONDS = 21


def _size(scale: float, seconds: int) -> tuple[MarketSize, int]:
    """Return a market and how long it lasts: a small tape has fewer records a second, too, and is not much shorter."""
    return (MarketSize() if scale >= 1.0 else MarketSize().share(sqrt(scale))), max(round(seconds * sqrt(scale)), _SHORTEST)


@stage_tape("gamma", needs=("derived.bars",))
def gamma(making: Making) -> StageTape:
    size, seconds = _size(making.scale, _GAMMA_SECONDS)
    prices = first_prices(stock_tape(MarketSize(symbols=500, trades=2_000), 2))
    chains = make_chains(size, prices)
    records: dict[str, Iterable[Any]] = {
        "options.contracts": chain_rows(size, chains, seconds),
        "options.trades": option_trades(size, chains, prices, seconds),
    }
    flows = {topic: timed_flow(topic, making.codecs.of(topic), found, START_US) for topic, found in records.items()}
    flows["derived.bars"] = making.written["derived.bars"].until(seconds).without([chain.symbol.encode() for chain in chains])
    rate = sum(map(len, flows.values())) / seconds
    for topic in ("options.trades", "derived.bars"):  # of a symbol without a chain they mean nothing: they begin when all chains are there
        flows[topic] = flows[topic].part(len(flows[topic].until(_CHAINS_SECONDS)), len(flows[topic]))
    ticks = ticks_over(flows, making.codecs.of("ops.ticks"), START_US, seconds)
    told = {"gamma": {"interval_seconds": 1, "chain_interval_seconds": 1}}
    return StageTape({**flows, "ops.ticks": ticks}, rate, "ops.ticks", by_tick, told=told, head_seconds=_CHAINS_SECONDS)


@stage_tape("flow")
def flow(making: Making) -> StageTape:
    size, seconds = _size(making.scale, _FLOW_SECONDS)
    stocks = stock_tape(MarketSize(symbols=500, trades=2_000), 2)
    prices = first_prices(stocks)
    chains = make_chains(size, prices)
    records: dict[str, Iterable[Any]] = {
        "options.trades": option_trades(size, chains, prices, seconds),
        "options.flow-alerts": flow_alerts(size, chains, seconds),
        "darkpool.prints": off_exchange_prints(size, prices, seconds),
        "derived.depth": depth_numbers(with_books(size, stocks), size.book_updates, seconds),
    }
    flows = {topic: timed_flow(topic, making.codecs.of(topic), found, START_US) for topic, found in records.items()}
    rate = sum(map(len, flows.values())) / seconds
    ticks = ticks_over(flows, making.codecs.of("ops.ticks"), START_US, seconds)
    return StageTape({**flows, "ops.ticks": ticks}, rate, "ops.ticks", by_tick)


@stage_tape("aggregate")
def aggregate(making: Making) -> StageTape:
    size, seconds = _size(making.scale, _MERGED_SECONDS)
    stocks = stock_tape(size, seconds)
    prices = first_prices(stocks)
    chains = make_chains(size, prices)
    records: dict[str, Iterable[Any]] = {
        "options.trades": option_trades(size, chains, prices, seconds),
        "options.flow-alerts": flow_alerts(size, chains, seconds),
        "market.trades": trades_of(stocks),
    }
    flows = {topic: timed_flow(topic, making.codecs.of(topic), found, START_US) for topic, found in records.items()}
    rate = sum(map(len, flows.values())) / seconds
    ticks = ticks_over(flows, making.codecs.of("ops.ticks"), START_US, seconds)
    return StageTape({**flows, "ops.ticks": ticks}, rate, "ops.ticks", _by_its_tick, told={"aggregate": {"grace_seconds": 0}})


def _by_its_tick(partition: int, record: Any) -> Hashable:
    """Name the first tick behind the record, with which it leaves."""
    return partition, (record.ts_event // MICROSECONDS + 1) * MICROSECONDS
