"""The made market that the whole system is played: of the promised size, equal each time, and its right answers those of the folds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from benchmarks.view_sizes import PARTS, part_sizes, view_sizes
from benchmarks.whole_market.feeds import TAIL_SECONDS, Feeds, make_feeds
from benchmarks.whole_market.one_symbol import views_of
from benchmarks.whole_market.option_chains import make_chain
from benchmarks.whole_market.option_trades import BURST_AT_SECOND, BURST_TIMES, trade_moments
from benchmarks.whole_market.size import START_US, MarketSize
from benchmarks.whole_market.stocks import bars_over
from infra.clock import MICROSECONDS
from infra.kafka.codecs import CodecSet
from infra.market_calendar import session_at
from infra.settings import Settings
from processors.partition_fold import PartitionFold
from processors.stages import STAGES
from schemas import catalog
from schemas.records import Bar, Resolution, Session, Tick

SECONDS = 30


@pytest.fixture(scope="module")
def codecs() -> CodecSet:
    return CodecSet.offline(catalog.topics())


@pytest.fixture(scope="module")
def feeds(codecs: CodecSet) -> Feeds:
    return make_feeds(MarketSize().share(0.002), SECONDS, codecs)


def test_the_whole_market_is_what_was_asked_for() -> None:
    """Issue 6, acceptance 5: 10,000 symbols, 10 books, 4 index chains, six million option trades in a session."""
    size = MarketSize()
    assert (size.symbols, size.books, len(size.chains), size.contracts) == (10_000, 10, 4, 5_000)
    assert size.option_trades * 6.5 * 3_600 == pytest.approx(6e6, rel=0.01)
    assert session_at(START_US) is Session.REGULAR


def test_option_trades_have_a_burst_a_minute() -> None:
    second = Counter(((trade_moments(MarketSize(), 60) - START_US) // MICROSECONDS).tolist())
    assert second[BURST_AT_SECOND] == BURST_TIMES * second[0] == BURST_TIMES * 256


@pytest.mark.parametrize("contracts", [50, 200, 5_000])
def test_the_contracts_of_a_chain_are_all_different(contracts: int) -> None:
    chain = make_chain("SPY", 590.0, contracts)
    assert len({chain.name(place) for place in range(contracts)}) == contracts
    assert (chain.strike > 0).all()


def test_equal_arguments_give_equal_feeds(feeds: Feeds, codecs: CodecSet) -> None:
    again = make_feeds(feeds.size, SECONDS, codecs)
    assert all(np.array_equal(feeds.flows[name].flow.values, again.flows[name].flow.values) for name in feeds.flows)


def test_heartbeats_cover_every_trade_and_go_on_until_all_is_closed(feeds: Feeds, codecs: CodecSet) -> None:
    beats = feeds.flows["ops.heartbeats"]
    last = codecs.of("ops.heartbeats").decode(bytes(beats.flow.values[beats.flow.ends[-2] :]))
    assert last.ts_event == START_US + (SECONDS + TAIL_SECONDS) * MICROSECONDS
    covered = sum(position.next_offset for position in last.positions if position.topic == "market.trades.v1")
    assert covered == len(feeds.flows["market.trades"]) == int((feeds.tape.symbol < feeds.size.watched).sum())


def test_the_right_bars_are_those_of_the_fold(feeds: Feeds, codecs: CodecSet) -> None:
    """What pandas makes of the tape is what stage.market must write of it."""
    trades = feeds.flows["market.trades"].flow
    outputs: list[Bar] = []
    fold = PartitionFold(0, STAGES["market"].build_fold(Settings()), ("ticks", "ops.ticks"))
    starts = np.concatenate(([0], trades.ends[:-1]))
    for offset, (start, end) in enumerate(zip(starts, trades.ends, strict=True)):
        record = codecs.of("market.trades").decode(bytes(trades.values[start:end]))
        fold.fold_record("trades", "market.trades", offset, record.symbol, record, lambda _: None)
    for second in range(1, SECONDS + TAIL_SECONDS + 1):
        list(fold.fold_tick(second, Tick(ts_event=START_US + second * MICROSECONDS), lambda output: outputs.append(output.record), lambda *_: None))
    bars = {(bar.symbol, bar.window_start): bar for bar in outputs if isinstance(bar, Bar) and bar.resolution is Resolution.S1}
    right = bars_over(feeds.tape, MICROSECONDS, slice(feeds.size.watched)).drop(columns="notional")
    assert bars.keys() == set(right.index)
    for key, row in right.iterrows():
        bar = bars[key]
        assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count) == tuple(row)


def test_views_of_one_fund_come_to_hold_every_fact_and_their_parts_are_measured(codecs: CodecSet) -> None:
    views = list(views_of(130))
    whole = [view for view in views if not view.missing]
    assert whole and all(view.depth and view.gamma and view.flow and view.regime for view in whole)
    sizes = view_sizes(codecs.of("views"), whole)
    assert sizes["views"] == len(whole)
    assert 0 < sizes["median_bytes"] <= sizes["p99_bytes"]
    parts = part_sizes(codecs.of("views"), whole[-5:])
    assert parts.keys() == PARTS.keys()
    assert 0 < sum(parts.values()) < sizes["p99_bytes"]
