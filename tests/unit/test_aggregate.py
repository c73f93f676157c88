"""Topics merged into one order, and what of the file of aggregations is refused (ING-34)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import ConfigurationError, Permanent
from infra.flow_settings import AggregateSettings
from processors.aggregations import AGGREGATIONS_FILE, load_aggregations
from processors.folds.aggregate import AggregateFold
from schemas import catalog
from schemas.record import Record
from schemas.records import MergedFlow, OptionRight, Tick, TradeSide
from tests.support.flow_replay import flow_alert, option_trade
from tests.support.market_replay import OPEN, SECOND, trade

ALL = AggregateSettings(symbols=("*",), grace_seconds=0.0)


def moment(seconds: float) -> int:
    return OPEN + round(seconds * SECOND)


class Merge:
    """One symbol's fold, and what it wrote at each tick."""

    def __init__(self, told: AggregateSettings = ALL) -> None:
        self.fold = AggregateFold(load_aggregations(), told)
        self.state = self.fold.initial("SPY")
        self.written: list[MergedFlow] = []

    def take(self, topic: str, *records: Record) -> None:
        for record in records:
            self.state, outputs = self.fold.step(self.state, topic, record)
            self.written += [output.record for output in outputs if isinstance(output.record, MergedFlow)]

    def tick(self, seconds: float) -> list[MergedFlow]:
        begin = len(self.written)
        self.take("ops.ticks", Tick(ts_event=moment(seconds), barriers={}))
        return self.written[begin:]


def test_two_fixtures_interleave_into_one_order() -> None:
    """ING-34: options flow of Unusual Whales and a broker's trades of the stock, read one topic after the other, leave by their times."""
    merge = Merge()
    merge.take("options.trades", *(option_trade(moment(at), 150.0, trade_id=f"o{at}") for at in (0.1, 0.5, 0.5, 0.9)))
    merge.take("market.trades", *(trade(at, 590.0, sequence=number, source="ibkr") for number, at in enumerate((0.8, 0.2, 0.5), 9)))
    merge.take("options.flow-alerts", flow_alert(moment(0.6), 2e6, alert_id="a1"))
    assert not merge.written, "nothing leaves before its tick"
    found = merge.tick(1)
    assert [(row.ts_event - OPEN, row.source, row.record_id) for row in found] == [
        (100_000, "unusual_whales", "o0.1"), (200_000, "ibkr", "10/t10"), (500_000, "ibkr", "11/t11"), (500_000, "unusual_whales", "o0.5"),
        (600_000, "unusual_whales", "a1"), (800_000, "ibkr", "9/t9"), (900_000, "unusual_whales", "o0.9"),
    ]  # fmt: skip
    assert not any(row.late for row in found)
    assert {row.aggregation for row in found} == {"flow-and-tape"}


def test_each_record_says_what_its_topic_knows_and_nothing_else() -> None:
    """ING-34: prices, sizes and dollars compare; what a topic does not say is null."""
    merge = Merge()
    merge.take("options.trades", option_trade(moment(0.1), 150.0, trade_id="o", strike=590.0))
    merge.take("options.flow-alerts", flow_alert(moment(0.2), 2e6, alert_id="a"))
    merge.take("market.trades", trade(0.3, 590.0, 200.0, sequence=7))
    option, alert, shares = merge.tick(1)
    assert (option.topic, option.price, option.size, option.premium, option.side) == ("options.trades", 1.5, 1.0, 150.0, TradeSide.ASK)
    assert (option.option_symbol, option.right, option.strike, option.canceled) == ("SPY250516C00590000", OptionRight.CALL, 590.0, False)
    assert (alert.topic, alert.size, alert.premium, alert.side, alert.canceled) == ("options.flow-alerts", 100.0, 2e6, None, None)
    assert (shares.topic, shares.price, shares.size, shares.premium, shares.sequence) == ("market.trades", 590.0, 200.0, 118_000.0, 7)
    assert shares.option_symbol is None and shares.right is None and shares.strike is None and shares.licence is None


def test_what_comes_behind_its_tick_leaves_with_the_next_one_and_says_so() -> None:
    """ING-34: late is flagged, not lost; what is of a later tick waits for it."""
    merge = Merge()
    merge.take("market.trades", trade(0.5, 590.0), trade(1.0, 590.0))
    assert [row.ts_event for row in merge.tick(1)] == [moment(0.5)], "a tick takes what was before it"
    merge.take("options.trades", option_trade(moment(0.2), 150.0))
    assert [(row.ts_event, row.late) for row in merge.tick(2)] == [(moment(0.2), True), (moment(1.0), False)]
    assert not merge.tick(3) and not merge.fold.wants_tick(merge.state, Tick(ts_event=moment(4), barriers={}))


def test_a_record_may_be_on_its_way_for_the_grace() -> None:
    """ING-34: what a slower vendor sends within it is not late."""
    merge = Merge(AggregateSettings(grace_seconds=2.0))
    merge.take("market.trades", trade(0.5, 590.0))
    assert not merge.tick(1) and not merge.tick(2)
    merge.take("options.trades", option_trade(moment(0.2), 150.0))
    assert [(row.topic, row.late) for row in merge.tick(3)] == [("options.trades", False), ("market.trades", False)]
    merge.take("options.trades", option_trade(moment(0.9), 150.0))
    assert [row.late for row in merge.tick(4)] == [True]


def test_of_a_record_that_came_twice_before_its_tick_the_newest_leaves() -> None:
    """ING-34"""
    merge = Merge()
    merge.take("options.trades", *(option_trade(moment(0.2), 150.0, trade_id="o", canceled=canceled) for canceled in (False, True)))
    assert [row.canceled for row in merge.tick(1)] == [True]


def test_symbols_that_nobody_asked_for_leave_no_trace() -> None:
    """ING-34"""
    merge = Merge(AggregateSettings(symbols=("QQQ",)))
    merge.take("market.trades", trade(0.5, 590.0))
    assert merge.state == merge.fold.initial("SPY") and not merge.tick(1)


def test_another_topic_is_refused() -> None:
    with pytest.raises(Permanent, match=r"darkpool\.prints: expected a tick or a record of options\.trades"):
        Merge().take("darkpool.prints", trade(0.5, 590.0))


records = st.tuples(st.sampled_from(["options.trades", "market.trades"]), st.integers(0, 40))
steps = st.lists(st.one_of(records, st.just("tick")), max_size=60)


@settings(max_examples=150)
@given(steps=steps, room=st.sampled_from([2, 5, 20_000]))
def test_nothing_is_lost_or_early_and_all_that_is_not_late_is_in_order(steps: list[tuple[str, int] | str], room: int) -> None:
    """ING-34: whatever comes when, and however little may wait."""
    merge, taken, now = Merge(), Counter[tuple[str, int, str]](), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("processors.folds.aggregate._MOST_WAITING", room)
        for number, step in enumerate(steps):
            if isinstance(step, str):
                now += 5
                assert all(row.ts_event < moment(now) for row in merge.tick(now))
                continue
            topic, second = step
            if topic == "options.trades":
                merge.take(topic, option_trade(moment(second), 150.0, trade_id=str(number)))
                taken[topic, moment(second), str(number)] += 1
            else:
                merge.take(topic, trade(second, 590.0, sequence=number))
                taken[topic, moment(second), f"{number}/t{number}"] += 1
            assert len(merge.state.waiting) < room
        if room > len(steps):
            assert all(row.ts_event < moment(now) for row in merge.written), "nothing leaves before its tick"
        merge.tick(1_000)
    assert Counter((row.topic, row.ts_event, row.record_id) for row in merge.written) == taken
    ordered = [(row.ts_event, row.topic, row.sequence or 0, row.record_id) for row in merge.written if not row.late]
    assert ordered == sorted(ordered)


def test_the_file_is_read_and_its_topics_are_covered() -> None:
    told = yaml.safe_load(AGGREGATIONS_FILE.read_text())["aggregations"]
    assert [(source.aggregation, source.topic) for source in load_aggregations()] == [
        (entry["name"], source if isinstance(source, str) else source["topic"]) for entry in told for source in entry["sources"]
    ]
    assert all(catalog.topic(source.topic).covered for source in load_aggregations())




def alerts(**columns: str) -> dict[str, object]:
    return {"topic": "options.flow-alerts", "columns": columns}


REFUSED = {
    "topic": (["options.trades", "uw_flow"], r"expected a topic of schemas/topics\.yaml, found uw_flow"),
    "covered": (["options.trades", "market.halts"], r"market\.halts: expected a topic that ticks cover"),
    "reader": (["options.trades", "darkpool.prints"], r"expected stage\.aggregate among its consumers .*, found stage\.flow, sink\.clickhouse"),
    "column": (["options.trades", "options.flow-alerts"], r"expected size as double for the column size, found no such field"),
    "type": (["options.trades", alerts(size="rule")], r"expected rule as double for the column size, found null or string"),
    "null": (["options.trades", alerts(size="bid")], r"expected bid as double for the column size, found double or null"),
    "optional": (["options.trades", alerts(size="total_size", premium="paid")], r"expected paid as double or null for the column"),
    "unknown": (["options.trades", alerts(late="rule")], r"expected columns out of symbol, .*, found late"),
    "twice": (["options.trades", "options.trades"], r"expected each topic once .*, found \[\('mine', 'options\.trades'\)\]"),
    "one": (["options.trades"], r"aggregations\.0\.sources: tuple should have at least 2 items"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_merged_is_refused_with_what_was_expected(fault: str, tmp_path: Path) -> None:
    """ING-34"""
    sources, words = REFUSED[fault]
    file = tmp_path / "aggregations.yaml"
    file.write_text(yaml.safe_dump({"aggregations": [{"name": "mine", "method": "merge_on_timestamp", "sources": sources}]}))
    with pytest.raises(ConfigurationError, match=words):
        load_aggregations(file)


def test_another_method_is_refused(tmp_path: Path) -> None:
    """ING-34"""
    file = tmp_path / "aggregations.yaml"
    file.write_text(AGGREGATIONS_FILE.read_text().replace("method: merge_on_timestamp\n", "method: zip\n"))
    with pytest.raises(ConfigurationError, match=r"aggregations\.0\.method: input should be 'merge_on_timestamp', found 'zip'"):
        load_aggregations(file)
