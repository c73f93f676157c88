"""When a killed process counts as back: ready, and what it does gets on."""

from __future__ import annotations

from infra.crash.progress_watch import BrokerView
from infra.crash.recovery import WORK, Recoveries, quantile


def view(ticks: int = 0, market: int = 0, fanout: int = 0, setups: int = 0) -> BrokerView:
    return BrokerView(
        {("ops.ticks.v1", 0): ticks, ("setups.events.v1", 0): setups},
        {"tapewire-market": {("ops.ticks.v1", 0): market}, "sink.fanout": {("setups.events.v1", 0): fanout}},
    )


def test_a_stage_is_back_when_it_is_ready_and_commits() -> None:
    ready: set[str] = set()
    recoveries = Recoveries(ready.__contains__)
    recoveries.killed("market", 10.0)
    assert recoveries.looked(view(ticks=50, market=40), asked_at=9.9, now=10.1) == [], "asked before the kill: proves nothing"
    assert recoveries.looked(view(ticks=50, market=41), asked_at=10.2, now=10.3) == []
    ready.add("market")
    assert recoveries.looked(view(ticks=60, market=41), asked_at=12.0, now=12.1) == [], "ready, but nothing moved"
    assert recoveries.looked(None, asked_at=13.0, now=13.1) == []
    assert recoveries.looked(view(ticks=70, market=42), asked_at=14.0, now=14.5) == ["market"]
    assert recoveries.seconds == {"market": [4.5]} and recoveries.pending == ()


def test_who_has_nothing_to_do_is_back_when_it_is_ready() -> None:
    recoveries = Recoveries(lambda _: True)
    recoveries.killed("delivery", 0.0)
    recoveries.looked(view(setups=7, fanout=7), 1.0, 1.1)
    assert recoveries.looked(view(setups=7, fanout=7), 2.0, 2.1) == ["delivery"]
    recoveries.killed("delivery", 3.0)
    recoveries.looked(view(setups=12, fanout=7), 4.0, 4.1)
    assert recoveries.looked(view(setups=12, fanout=7), 5.0, 5.1) == [], "work waits"
    assert recoveries.looked(view(setups=12, fanout=8), 6.0, 6.1) == ["delivery"]


def test_what_no_broker_knows_of_is_back_when_it_is_ready() -> None:
    ready: set[str] = set()
    recoveries = Recoveries(ready.__contains__)
    recoveries.killed("dashboard", 0.0)
    assert recoveries.looked(None, 1.0, 1.0) == []
    ready.add("dashboard")
    assert recoveries.looked(None, 2.0, 2.0) == ["dashboard"]


def test_a_second_blow_starts_the_count_anew() -> None:
    recoveries = Recoveries(lambda _: True)
    recoveries.killed("kafka", 0.0)
    recoveries.looked(view(ticks=5), 1.0, 1.0)
    recoveries.killed("kafka", 2.0)
    assert recoveries.looked(view(ticks=6), 3.0, 3.0) == [], "what was written before the second blow is no recovery"
    assert recoveries.looked(view(ticks=9), 4.0, 4.0) == ["kafka"]
    assert recoveries.seconds["kafka"] == [2.0]
    assert recoveries.as_document() == {"all": {"p50": 2.0, "p95": 2.0, "longest": 2.0}, "kafka": {"p50": 2.0, "p95": 2.0, "longest": 2.0}}


def test_marks_of_transactions_are_no_work() -> None:
    assert view(setups=9, fanout=7).waiting("sink.fanout", ["setups.events.v1"], marks=2) == 0
    assert view(setups=10, fanout=7).waiting("sink.fanout", ["setups.events.v1"], marks=2) == 3


def test_quantiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(1, 21)]
    assert [quantile(values, share) for share in (0.5, 0.95, 1.0)] == [10.0, 19.0, 20.0]
    assert quantile([3.0], 0.5) == 3.0


def test_every_process_that_may_die_is_one_of_the_stack() -> None:
    from infra.local.processes import GROUPS

    assert set(WORK) == {*GROUPS, "vendorsim", "kafka", "registry", "clickhouse", "dashboard"}
