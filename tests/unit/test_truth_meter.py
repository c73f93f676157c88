"""Feed truth: what a bad feed looks like, how soon it is marked, and that a good one is not (issue 5 §5, IBK-30)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.settings import TruthSettings
from producers.truth_limits import TruthLimits
from producers.truth_meter import JUDGE_SECONDS, TruthMeter
from schemas.records import FeedFaultKind, Quote, Trade

START = 1_748_957_400_000_000
STEP = 0.05
Make = Callable[[int], list[Any]]


def trade(number: int, **changes: Any) -> Trade:
    moment = START + number * 50_000
    values: dict[str, Any] = {
        "symbol": f"S{number % 5}", "ts_event": moment, "ts_received": moment + 30_000, "ts_published": moment + 31_000, "source": "toy",
        "trade_id": str(number), "sequence": number, "price": 10.0, "size": 100.0, "conditions": (),
    }  # fmt: skip
    return Trade(**{**values, **changes})


def quote(number: int, bid: float = 9.99, ask: float = 10.01) -> Quote:
    moment = START + number * 50_000
    return Quote(
        symbol=f"S{number % 5}", ts_event=moment, ts_received=moment + 30_000, ts_published=moment, source="toy", sequence=number,
        bid_price=bid, bid_size=1.0, ask_price=ask, ask_size=1.0, conditions=(),
    )  # fmt: skip


class Feed:
    """A feed under a hand clock: twenty payloads a second, each looked at, and judged as the publisher does."""

    def __init__(self, *, is_open: bool = True, silence: float | None = 5.0, millisecond_us: float = 1_000.0) -> None:
        limits = TruthLimits(TruthSettings(), silence, millisecond_us)
        self.meter = TruthMeter(("market.trades", "market.quotes"), limits, lambda _: is_open)
        self.at, self.number = 100.0, 0

    def run(self, seconds: float, make: Make = lambda number: [trade(number), trade(number), quote(number)], repeats: int = 0) -> float | None:
        """Let it bring what ``make`` returns; return after how many seconds the faults changed first."""
        began, changed_after = self.at, None
        for _ in range(round(seconds / STEP)):
            self.at += STEP
            self.number += 1
            for record in make(self.number):
                topic = "market.trades" if isinstance(record, Trade) else "market.quotes"
                if self.meter.looks_left > 0:
                    self.meter.look(topic, record)
                self.meter.count(topic, 1 + repeats, repeats)
            changed = self.meter.judge(START + round(self.at * 1e6), self.at, is_live=True)
            if changed and changed_after is None:
                changed_after = self.at - began
        return changed_after

    @property
    def kinds(self) -> list[str]:
        return [fault.kind.value for fault in self.meter.faults]


BAD: dict[FeedFaultKind, Make] = {
    FeedFaultKind.LATE: lambda number: [trade(number, ts_received=START + number * 50_000 + 9_000_000)],
    FeedFaultKind.CLOCK: lambda number: [trade(number, ts_received=START + number * 50_000 - 9_000_000)],
    FeedFaultKind.CROSSED: lambda number: [quote(number, 10.02, 10.01)],
    FeedFaultKind.DISORDERED: lambda number: [trade(number, symbol="S0", sequence=number + (10 if number % 2 else -10))],
    FeedFaultKind.LEAPING: lambda number: [trade(number, price=1_000.0)],
    FeedFaultKind.SILENT: lambda _: [],
}


@pytest.mark.parametrize("kind", BAD)
def test_a_feed_turns_bad_within_two_seconds_and_recovers(kind: FeedFaultKind) -> None:
    feed = Feed(silence=1.0)
    assert feed.run(15.0) is None
    after = feed.run(6.0, BAD[kind])
    assert after is not None and after <= 2.0
    (fault,) = feed.meter.faults
    topics = {FeedFaultKind.SILENT: (), FeedFaultKind.CROSSED: ("market.quotes",)}.get(kind, ("market.trades",))
    assert (fault.kind, fault.topics) == (kind, topics)
    assert fault.measured is not None and fault.tolerated is not None and fault.measured > fault.tolerated
    since = fault.since
    feed.run(1.0, BAD[kind])
    assert feed.meter.faults[0].since == since, "a fault keeps its beginning"
    feed.run(6.0)
    assert feed.kinds == []


def test_repeats_and_what_does_not_fit_are_shares_too() -> None:
    feed = Feed()
    assert feed.run(5.0) is None
    assert feed.run(2.0, repeats=1) is not None
    assert feed.kinds == ["REPEATED", "REPEATED"], "trades and quotes"
    feed.run(5.0)
    for _ in range(6):
        feed.meter.refused("market.trades", is_crossed=False)
    feed.run(0.5)
    assert feed.kinds == ["UNREADABLE"]
    for _ in range(60):
        feed.meter.refused("market.quotes", is_crossed=True)
    feed.run(0.5)
    assert feed.kinds == ["CROSSED", "UNREADABLE"]


def test_one_bad_record_makes_no_bad_feed() -> None:
    feed = Feed()
    feed.run(5.0)
    feed.meter.refused("market.trades", is_crossed=False)
    feed.run(0.1, lambda number: [quote(number, 10.5, 10.4), trade(number, price=100.0), trade(number, ts_received=START + 60_000_000)])
    assert feed.run(10.0) is None and feed.kinds == []


def test_nobody_must_speak_while_the_market_is_closed() -> None:
    """Weekend: silence is no fault, and one is no fault of a feed that promises nothing."""
    for feed in (Feed(is_open=False), Feed(silence=None)):
        feed.run(5.0)
        assert feed.run(60.0, lambda _: []) is None


def test_one_symbol_may_leap_and_is_believed_all_may_not() -> None:
    feed = Feed()
    feed.run(5.0)
    feed.run(30.0, lambda number: [trade(number, price=100.0 if number % 5 == 0 else 10.0)])
    assert feed.kinds == [], "a share of 20 % is tolerated, and 50 prints in a row are believed"
    feed.run(30.0, lambda number: [trade(number, price=1_000.0)])
    assert "LEAPING" in feed.kinds, "another unit is not believed, however long it lasts"


def test_a_feed_that_is_not_live_has_no_faults_and_begins_anew() -> None:
    feed = Feed()
    feed.run(5.0)
    feed.run(3.0, BAD[FeedFaultKind.CROSSED])
    assert feed.kinds == ["CROSSED"]
    assert feed.meter.judge(START, feed.at, is_live=False)
    assert feed.kinds == []
    assert feed.run(5.0) is None


def test_readings_are_in_real_milliseconds() -> None:
    feed = Feed(millisecond_us=30_000.0)  # thirty market seconds a second
    feed.run(2.0)
    trades, _ = feed.meter.readings
    assert (trades.topic, trades.lag_p50_ms, trades.lag_p99_ms, trades.crossed_share, trades.repeated_share) == ("market.trades", 1.0, 1.0, None, 0.0)


def test_it_looks_at_a_bounded_number_of_records_only() -> None:
    meter = TruthMeter(("market.trades",), TruthLimits(TruthSettings(looks_a_second=40)))
    meter.judge(START, 1.0, is_live=True)
    looked = 0
    while meter.looks_left > 0:
        meter.look("market.trades", trade(looked))
        looked += 1
    assert looked == round(40 * JUDGE_SECONDS)

