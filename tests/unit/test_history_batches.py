"""Batches of the ClickHouse sink: same range, same name, whatever happens in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.received import Committed, Received
from schemas import catalog
from schemas.records import Tick
from sinks.clickhouse.batching import Batch, BatchLimits, PartitionBatches

PLACE = ("ops.ticks.v1", 2)
LIMITS = BatchLimits(rows=4, bytes=1_000, seconds=0.5)


def received(offset: int, size: int = 10) -> Received:
    return Received(catalog.topic("ops.ticks"), PLACE[1], offset, 0, None, Tick(ts_event=offset), size)


def fresh() -> PartitionBatches:
    return PartitionBatches(PLACE, Committed(None), LIMITS)


def test_a_batch_is_cut_by_rows_bytes_or_age() -> None:
    by_rows, by_bytes, by_age = fresh(), fresh(), fresh()
    for offset in range(4):
        assert by_rows.cut(offset, 0.0) is None
        by_rows.add(received(offset), 0.0)
    batch = by_rows.cut(4, 0.0)
    assert batch is not None and (batch.first, batch.last, len(batch.rows)) == (0, 3, 4)
    by_bytes.add(received(7, size=1_000), 0.0)
    assert by_bytes.cut(8, 0.0) is not None
    by_age.add(received(7), 10.0)
    assert by_age.cut(8, 10.49) is None
    assert by_age.cut(8, 10.5) is not None


def test_token_and_intention_name_the_range() -> None:
    """The token is topic-partition-first-last; the note beside the offset tells a successor where the batch ends."""
    batches = PartitionBatches(PLACE, Committed(100), LIMITS)
    batches.add(received(101), 0.0)
    batch = batches.cut(104, 1.0)  # 100, 102 and 103 were dead letters
    assert batch is not None
    assert (batch.token, batch.intention, batch.first) == ("ops.ticks.v1-2-100-103", "pending:103", 100)


def test_a_batch_stays_the_same_until_it_is_done() -> None:
    """A retry under the same token must carry the same rows."""
    batches = fresh()
    batches.add(received(0), 0.0)
    first = batches.cut(1, 1.0)
    batches.add(received(1), 1.0)
    assert batches.cut(2, 9.0) is first
    batches.done()
    second = batches.cut(2, 9.0)
    assert second is not None and (second.first, second.last) == (1, 1)


def test_a_predecessors_batch_is_rebuilt_whatever_the_limits_say() -> None:
    batches = PartitionBatches(PLACE, Committed(10, "pending:15"), LIMITS)
    for offset in range(10, 16):
        batches.add(received(offset), 0.0)
        if offset < 15:
            assert batches.cut(offset + 1, 99.0, all_of_it=True) is None
    batch = batches.cut(16, 0.0)
    assert batch is not None and batch.token == "ops.ticks.v1-2-10-15" and len(batch.rows) == 6


def test_a_range_whose_end_was_compacted_away_is_closed_by_the_next_record() -> None:
    batches = PartitionBatches(PLACE, Committed(10, "pending:15"), LIMITS)
    batches.add(received(12), 0.0)
    batches.add(received(20), 0.0)
    batch = batches.cut(21, 0.0)
    assert batch is not None and (batch.token, [row.offset for row in batch.rows]) == ("ops.ticks.v1-2-10-15", [12])
    batches.done()
    following = batches.cut(21, 1.0)
    assert following is not None and (following.first, following.last) == (16, 20)


def test_offsets_without_rows_are_committed_when_nothing_else_is_open() -> None:
    batches = PartitionBatches(PLACE, Committed(5), LIMITS)
    assert batches.idle_position(5) is None
    assert batches.idle_position(8) == 8
    assert batches.idle_position(8) is None
    batches.add(received(8), 0.0)
    assert batches.idle_position(9) is None
    assert fresh().idle_position(3) == 3


class _Table:
    """A table with an unbounded deduplication window."""

    def __init__(self) -> None:
        self.offsets: list[int] = []
        self.blocks: dict[str, tuple[int, ...]] = {}

    def insert(self, batch: Batch) -> None:
        offsets = tuple(row.offset for row in batch.rows)
        if batch.token in self.blocks:
            assert self.blocks[batch.token] == offsets, "other rows under a known token would be dropped silently"
            return
        self.blocks[batch.token] = offsets
        self.offsets += offsets


@given(
    bad=st.sets(st.integers(0, 59)),
    polls=st.lists(st.integers(1, 9), min_size=1, max_size=40),
    ages=st.lists(st.sampled_from([0.0, 0.2, 0.6]), min_size=1, max_size=40),
    crashes=st.lists(st.sampled_from(["", "", "", "before note", "after note", "after insert"]), min_size=1, max_size=40),
)
def test_no_row_is_lost_or_doubled_by_any_crash(bad: set[int], polls: list[int], ages: list[float], crashes: list[str]) -> None:
    """Exactly once for every interleaving of polls, ages and crashes at every point of the protocol."""
    log = list(range(60))
    table, committed, now, turn = _Table(), Committed(None), 0.0, 0
    batches, position = PartitionBatches(PLACE, committed, LIMITS), 0
    while committed.next_offset != 60 or committed.metadata:
        turn += 1
        crash = crashes[turn % len(crashes)] if turn < 400 else ""
        now += ages[turn % len(ages)] if turn < 400 else 1.0
        for offset in log[position : position + polls[turn % len(polls)]]:
            position = offset + 1
            if offset not in bad:
                batches.add(received(offset), now)
        batch = batches.cut(position, now)
        if batch is not None and crash != "before note":
            committed = Committed(batch.first, batch.intention)
            if crash != "after note":
                table.insert(batch)
                if crash != "after insert":
                    committed = Committed(batch.last + 1, "")
                    batches.done()
        elif batch is None and (idle := batches.idle_position(position)) is not None:
            committed = Committed(idle, "")
        if crash:
            batches = PartitionBatches(PLACE, committed, LIMITS)
            position = committed.next_offset or 0
        assert turn < 2_000
    assert table.offsets == [offset for offset in log if offset not in bad]
