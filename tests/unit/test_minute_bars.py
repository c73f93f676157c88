"""The minute-bar fold: three forms, one result; pages that bring it back after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Fatal, Permanent
from infra.settings import Form
from processors.array_fold import runner
from processors.array_pages import PAGE_ROWS, PageCodec
from processors.array_partition import ArrayPartition, pages
from processors.folds.minute_bars import MINUTE_NS, MINUTE_US, MinuteBars
from processors.partition_state import Packed
from schemas.records import HistoryTrade

FOLD = MinuteBars()
TOPIC = "history.trades.v1"
Trades = tuple[np.ndarray[Any, Any], tuple[np.ndarray[Any, Any], ...]]


def some_trades(seed: int, count: int, symbols: int, late_share: float = 0.02) -> Trades:
    """Return codes and columns of trades in time order, but for a few that come late."""
    random = np.random.default_rng(seed)
    ts_ns = np.sort(random.integers(0, count * MINUTE_NS // 50, count)) + 1_700_000_000_000_000_000
    ts_ns -= (random.random(count) < late_share) * random.integers(0, 3 * MINUTE_NS, count)
    return random.integers(0, symbols, count).astype(np.int32), (ts_ns, random.integers(1, 9_999, count) / 100, random.integers(1, 900, count))


def prepared(values: Any) -> Any:
    """Return trades' columns as the forms take them."""
    by_name = {name: SimpleNamespace(values=column) for name, column in zip(FOLD.fields, values, strict=True)}
    return FOLD.prepare(SimpleNamespace(column=by_name.__getitem__))


class Partition:
    """An `ArrayPartition` with what it wrote and a changelog."""

    def __init__(self, form: Form, stored: Mapping[bytes, bytes] | None = None) -> None:
        self.codec = PageCodec(FOLD)
        self.stored = dict(stored or {})
        self.inner = ArrayPartition(3, FOLD, form, TOPIC, "symbol", self._emit, pages(self.stored, self.codec))
        self.bars: list[tuple[Any, ...]] = []

    def fold(self, trades: Trades, first: int, last: int, batch: int = 97) -> None:
        codes, values = trades
        for begin in range(first, last, batch):
            end = min(begin + batch, last)
            part = tuple(column[begin:end] for column in values)
            self.give(np.arange(begin, end), codes[begin:end], part)

    def give(self, offsets: Any, codes: Any, values: Any) -> None:
        packed = Packed(offsets, codes, lambda code: f"S{code}", prepared(values))
        self.inner.fold_packed(TOPIC, "history.trades", packed, lambda _: pytest.fail("a hot fold writes columns"))

    def checkpoint(self) -> None:
        for snapshot in self.inner.snapshots():
            self.stored[snapshot.key.encode()] = self.codec.encode(snapshot.state, snapshot.offsets)

    def _emit(self, topic: str, partition: int, columns: Mapping[str, Any]) -> None:
        assert (topic, partition) == ("history.bars", 3)
        self.bars += zip(*(list(column) for column in columns.values()), strict=True)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 400), symbols=st.integers(1, 40), cuts=st.lists(st.integers(0, 400), max_size=5))
def test_the_three_forms_give_the_same_bytes(seed: int, count: int, symbols: int, cuts: list[int]) -> None:
    index, values = some_trades(seed, count, symbols, late_share=0.1)
    edges = sorted({0, count, *(cut for cut in cuts if cut < count)})
    results = []
    for form in Form:
        run, rows, written = runner(FOLD, form), np.zeros(symbols, FOLD.row_type), b""
        for first, last in pairwise(edges):
            outputs = np.zeros(last - first, FOLD.output_type)
            part = prepared(tuple(column[first:last] for column in values))
            number = run(rows, index[first:last], part, outputs)
            written += outputs[:number].tobytes()
        run.flush(rows, 0, symbols)
        results.append((written, rows.tobytes()))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("form", list(Form))
def test_bars_equal_pandas(form: Form) -> None:
    codes, values = trades = some_trades(7, 20_000, 30, late_share=0.0)
    partition = Partition(form)
    partition.fold(trades, 0, 20_000, batch=1_999)
    frame = pd.DataFrame({"symbol": codes, "minute": values[0] // MINUTE_NS, "price": values[1], "size": values[2]})
    frame["notional"] = frame["price"] * frame["size"]
    truth = frame.groupby(["symbol", "minute"]).agg(
        open=("price", "first"), high=("price", "max"), low=("price", "min"), close=("price", "last"),
        volume=("size", "sum"), notional=("notional", "sum"), count=("price", "size"),
    )  # fmt: skip
    newest = frame.groupby("symbol")["minute"].max()
    expected = {
        (f"S{symbol}", minute * MINUTE_US): row for (symbol, minute), row in truth.iterrows() if minute < newest[symbol]  # type: ignore[misc]
    }
    assert len(partition.bars) == len(expected) > 1_000
    for symbol, start, opened, high, low, closed, volume, vwap, count in partition.bars:
        row = expected[symbol, start]
        assert (opened, high, low, closed, volume, count) == (row.open, row.high, row.low, row.close, row.volume, row["count"])
        assert vwap == pytest.approx(row.notional / row.volume, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    form=st.sampled_from(list(Form)),
    lives=st.lists(st.tuples(st.integers(0, 1_500), st.integers(0, 700), st.integers(0, 60)), min_size=1, max_size=4),
)
def test_recovery_at_any_point_gives_the_same_bars_and_state(seed: int, form: Form, lives: list[tuple[int, int, int]]) -> None:
    """Kill anywhere: pages may be lost from the last checkpoint on, the input begins again anywhere before it."""
    trades = some_trades(seed, 3_000, 60)
    whole = Partition(form)
    whole.fold(trades, 0, 3_000)
    whole.checkpoint()
    stored: dict[bytes, bytes] = {}
    bars: dict[tuple[Any, Any], Any] = {}
    begin = committed = 0
    for folded, unsaved, repeated in lives:
        life = Partition(form, stored)
        saved = min(begin + folded, 3_000)
        life.fold(trades, begin, saved)
        life.checkpoint()
        stored, committed = life.stored, saved
        life.fold(trades, saved, min(saved + unsaved, 3_000))  # what dies with the process
        for bar in life.bars:
            assert bars.setdefault(bar[:2], bar) == bar, "a bar that is sent again must be the same"
        begin = max(committed - repeated * 10, 0)
    last = Partition(form, stored)
    last.fold(trades, begin, 3_000)
    last.checkpoint()
    bars.update({bar[:2]: bar for bar in last.bars})
    assert sorted(bars.values()) == sorted(whole.bars)
    assert state_of(last) == state_of(whole)


def test_new_keys_beside_recovered_ones_lose_nothing_in_a_second_crash() -> None:
    """While records repeat, a page holds rows that are ahead of the input beside rows that are not."""
    codes = np.array([0, 1, 2, 0, 1, 2, 3], np.int32)
    minute = np.array([1, 1, 1, 2, 2, 2, 2])
    trades = codes, (minute * MINUTE_NS, np.full(7, 2.0), np.full(7, 10))
    first = Partition(Form.KERNEL)
    first.fold(trades, 0, 2)
    first.fold(trades, 3, 5)  # a hole: nobody saw offset 2, and the page says 4
    first.checkpoint()
    second = Partition(Form.KERNEL, first.stored)
    second.fold(trades, 0, 3)  # offsets 0 and 1 repeat, 2 is the first of a new key in the same page
    second.checkpoint()
    third = Partition(Form.KERNEL, second.stored)
    third.fold(trades, 2, 7)
    assert [bar[:2] for bar in third.bars] == [("S2", MINUTE_US)]
    assert {key: row[7] for key, row in state_of_after_checkpoint(third).items()} == {"S0": 1, "S1": 1, "S2": 1, "S3": 1}


def test_only_dirty_pages_are_written() -> None:
    keys = 2 * PAGE_ROWS + 5
    partition = Partition(Form.KERNEL)
    everybody = np.arange(keys, dtype=np.int32), (np.full(keys, MINUTE_NS), np.ones(keys), np.ones(keys, np.int64))
    partition.fold(everybody, 0, keys, batch=keys)
    assert [len(snapshot.state.keys) for snapshot in partition.inner.snapshots()] == [PAGE_ROWS, PAGE_ROWS, 5]
    one = np.full(1, PAGE_ROWS + 3, np.int32), (np.full(1, MINUTE_NS), np.ones(1), np.ones(1, np.int64))
    partition.give(np.array([keys]), *one)
    assert [snapshot.key for snapshot in partition.inner.snapshots()] == ["page-000001"]
    assert not partition.inner.dirty


def test_a_page_of_another_layout_is_refused() -> None:
    partition = Partition(Form.KERNEL)
    partition.fold(some_trades(1, 10, 2), 0, 10)
    partition.checkpoint()
    codec = PageCodec(FOLD)
    codec.fingerprint = "0" * 16
    with pytest.raises(Fatal, match="delete the stage's changelog"):
        list(pages(partition.stored, codec))


@pytest.mark.parametrize(("change", "field"), [({"price": 0.0}, "price"), ({"size": -3}, "price"), ({"ts_event_ns": MINUTE_NS - 1}, "ts_event_ns")])
def test_what_is_not_acceptable_has_a_reason(change: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {"symbol": "A", "ts_event_ns": MINUTE_NS, "sequence": 1, "price": 2.0, "size": 3}
    FOLD.check(HistoryTrade(**good))
    bad = HistoryTrade(**{**good, **change})
    with pytest.raises(Permanent) as refused:
        FOLD.check(bad)
    assert refused.value.field_path == field
    columns = tuple(np.array([getattr(item, name) for item in (HistoryTrade(**good), bad)]) for name in FOLD.fields)
    assert FOLD.acceptable(prepared(columns)).tolist() == [True, False]


def state_of(partition: Partition) -> dict[str, Any]:
    """Return each key's row as the changelog has it; the order of rows differs between lives."""
    return {
        key: row.item() for _, page, _ in pages(partition.stored, partition.codec) for key, row in zip(page.keys, page.rows, strict=True)
    }


def state_of_after_checkpoint(partition: Partition) -> dict[str, Any]:
    partition.checkpoint()
    return state_of(partition)
