"""Stages in memory: the folds of the live run without a broker."""

from __future__ import annotations

from infra.settings import Settings
from processors.fold import Output
from processors.offline import OfflineStages, with_ticks
from schemas.records import Bar
from tests.support.toy_market import trade
from tests.support.toy_stage import POISON_PRICE, SECOND, TOY


def test_ticks_stand_between_the_records_and_close_them_in_order() -> None:
    """BAR-01: what a tick at T writes depends on the records before T."""
    stages = OfflineStages([TOY], Settings())
    tape = [("market.trades", trade(symbol, moment)) for symbol, moment in [("B", 0), ("A", 5), ("A", SECOND), ("B", 3 * SECOND)]]
    out: list[Output] = []
    ticks = 0
    for topic, record in with_ticks(tape, 0, 5 * SECOND):
        ticks += topic == "ops.ticks"
        out += stages.feed(topic, record)
    bars = [output.record for output in out if isinstance(output.record, Bar)]
    assert [(bar.symbol, bar.window_start // SECOND, bar.trade_count) for bar in bars] == [("A", 0, 1), ("B", 0, 1), ("A", 1, 1), ("B", 3, 1)]
    assert ticks == 5


def test_what_a_fold_refuses_is_told() -> None:
    stages = OfflineStages([TOY], Settings())
    assert stages.feed("market.trades", trade("A", 0, price=POISON_PRICE)) == []
    assert [topic for topic, _, _ in stages.refused] == ["market.trades"]
