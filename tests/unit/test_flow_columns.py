"""Option trades as columns wait as the same rows as record by record, and the same ones are refused."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.flow_settings import FlowSettings
from processors.column_input import Alone, ColumnInput
from processors.folds.flow import FlowFold
from processors.folds.flow_rows import OPTIONS
from processors.folds.option_trades import marks_of, row_of
from schemas import catalog
from schemas.codec import Codec
from schemas.records import FlowMetrics, OptionRight, OptionTrade, Tick, TradeSide
from tests.support.flow_replay import OPEN, option_trade
from tests.support.raw_batches import LZ4, batch_of

FOLD = FlowFold(FlowSettings())
INPUT = ColumnInput(catalog.topic("options.trades"), 5, FOLD)
CODEC: Codec[Any] = Codec(OptionTrade, 5)


def some_trade(dice: random.Random, place: int) -> OptionTrade:
    return option_trade(
        OPEN + dice.randrange(10**9), dice.choice([0.0, 125.0, 260_000.0]), right=dice.choice(list(OptionRight)), size=dice.choice([1, 7, 7, 0]),
        price=dice.choice([0.0, 1.25, -1.0, 3.0]), side=dice.choice(list(TradeSide)),
        bid=dice.choice([None, 1.0, 1.5]), ask=dice.choice([None, 1.5, 1.2]),
        delta=dice.choice([None, 0.5, -0.25]), underlying_price=dice.choice([None, 590.0]), trade_id=f"ü{place}", canceled=dice.random() < 0.2,
        backfilled=dice.random() < 0.2,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(3, 60))
def test_columns_wait_as_records_do(seed: int, count: int) -> None:
    dice = random.Random(seed)
    trades = [some_trade(dice, place) for place in range(count)]
    batch = batch_of([CODEC.encode(one) for one in trades], compression=LZ4)
    rows, alone = {}, set()
    for part in INPUT.read(0, [batch]):
        if isinstance(part, Alone):
            alone.add(part.offset)
        else:
            rows.update(zip(part.offsets.tolist(), part.values[0], strict=True))
    for offset, trade in enumerate(trades):
        if trade.size <= 0 or trade.price < 0:
            assert offset in alone
        else:
            np.testing.assert_equal(tuple(rows[offset].tolist()), tuple(row_of(trade)))


def test_marks_say_what_they_were_made_of() -> None:
    for side, (bid, ask) in {1: (1.0, 1.25), -1: (1.25, 1.5), 0: (1.0, 1.5)}.items():
        for right in OptionRight:
            for canceled in (True, False):
                trade = option_trade(OPEN, 125.0, right=right, bid=bid, ask=ask, canceled=canceled, backfilled=not canceled)
                assert marks_of(row_of(trade).marks) == (right is OptionRight.CALL, canceled, not canceled, side)
    assert row_of(option_trade(OPEN, 125.0, bid=None, side=TradeSide.BID)).marks // 8 - 1 == -1, "without a quote the vendor's word counts"


@pytest.mark.parametrize("room", [1_000, 50, 7])
def test_many_at_once_leave_the_same_state(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where one tick covers more than a state can hold, and the older half is taken before it comes."""
    monkeypatch.setattr("processors.folds.flow._MOST_PENDING_BYTES", room * OPTIONS.row_size)
    dice = random.Random(9)
    trades = [option_trade(OPEN + dice.randrange(10**7), 100.0 + place) for place in range(50)]
    one_by_one = FOLD.initial("SPY")
    for trade in trades:
        one_by_one, _ = FOLD.step(one_by_one, "options.trades", trade)
    rows = np.array([tuple(row_of(trade)) for trade in trades], OPTIONS.dtype)
    together, _ = FOLD.step_columns(FOLD.initial("SPY"), "options.trades", (rows[:11],))
    together, _ = FOLD.step_columns(together, "options.trades", (rows[11:],))
    assert together == one_by_one
    assert len(together.pending) <= min(room, 50) * OPTIONS.row_size
    done, outputs = FOLD.step(together, "ops.ticks", Tick(ts_event=OPEN + 10**7, barriers={}))
    [(_, metrics)] = outputs
    assert isinstance(metrics, FlowMetrics) and metrics.option_trades == 50 and not done.pending
