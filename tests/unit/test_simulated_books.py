"""The simulator's books through IBKR's own snapshots and the fold: what the demo will show (DEP-01, DEP-02, DEP-05)."""

from __future__ import annotations

from datetime import date
from math import isfinite

from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.listings import stock
from producers.ibkr.book import DepthUpdate
from producers.ibkr.parse import parse_snapshot
from producers.ibkr.snapshot import BookWatch
from producers.source import Parsed, Stamps
from schemas.records import BookMetrics, BookSnapshot, DepthMode
from tests.support.book_tape import SECOND, Tape, bar

SYMBOL = "SPY"
SECONDS = 300
STEP_MS = 500


def test_the_demo_s_books_give_sensible_numbers() -> None:
    scenario = Scenario(date(2020, 4, 15), 7)
    books = ScenarioBooks(scenario, 7)
    listed = stock(SYMBOL)
    start_ms = scenario.span_ms[0] + 60 * 60_000
    player = books.player(listed, 10, True)
    watch = BookWatch(SYMBOL, 1, start_ms * 1_000, DepthMode.DEMO)
    tape = Tape(vpin_buckets=10, vpin_buckets_a_day=3_900, vpin_first_day_minutes=1, impact_interval_seconds=5)
    for step in range(SECONDS * 1_000 // STEP_MS):
        now_ms = start_ms + step * STEP_MS
        for operation in player.due(now_ms):
            watch.apply(DepthUpdate(operation.position, operation.operation, operation.side, *operation.level), now_ms * 1_000)
        if watch.is_due(now_ms * 1_000, 2 * SECOND, SECOND // 2):
            (found,) = parse_snapshot(watch.write(step + 1, now_ms * 1_000), Stamps(now_ms * 1_000, now_ms * 1_000, now_ms * 1_000 + SECOND))
            assert isinstance(found, Parsed)
            assert isinstance(found.record, BookSnapshot)
            assert (found.record.update_count or 0) >= 0
            tape.take(found.record)
        if now_ms % 1_000 == 0:
            prints = list(books.trades(listed, now_ms - 3_000, now_ms - 2_000))
            if prints:
                second = (now_ms - 3_000) * 1_000
                volume = float(sum(each.size for each in prints))
                tape.take(bar(second, prints[-1].price, volume=volume, trades=len(prints), opening=prints[0].price))
            tape.tick(now_ms * 1_000)
    said: list[BookMetrics] = tape.said
    assert len(said) > SECONDS / 3
    whole = [each for each in said if not each.missing.keys() & {"imbalance_5", "spread_bps"}]
    assert len(whole) > 0.9 * len(said), "the simulator's books have two sides"
    assert all(-1 <= each.imbalance_3s <= 1 for each in whole if each.imbalance_3s is not None)
    assert all(each.spread_bps is not None and 0 <= each.spread_bps < 50 for each in whole)
    assert {each.grade.value for each in whole if each.grade} <= {"A", "B", "C"}
    last = said[-1]
    assert last.vpin is not None
    assert 0 <= last.vpin <= 1
    assert last.kyle_lambda is not None
    assert isfinite(last.kyle_lambda)
    assert (last.stuffing, last.mode) == (False, DepthMode.DEMO)
    assert last.update_rate is not None
    assert last.update_rate > 0
