"""Batches of the ClickHouse sink: same range, same name, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from infra.columnar.record_batch import RawBatch
from infra.kafka.received import Committed
from schemas.records import Tick
from sinks.clickhouse.batching import Batch, BatchLimits, PartitionBatches, Row

PLACE = ("ops.ticks.v1", 2)
LIMITS = BatchLimits(rows=4, bytes=1_000, seconds=0.5)


def raw(first: int, last: int, *, size: int = 10, delivered_before: int = 0) -> RawBatch:
    """A record batch of the offsets ``first`` to ``last``."""
    return RawBatch(first, last + 1, delivered_before, last - first + 1, 0, b"", 0, size, 0, True)


def row(offset: int) -> Row:
    return Row(offset, None, b"", Tick(ts_event=offset))


def fresh() -> PartitionBatches:
    return PartitionBatches(PLACE, Committed(None), LIMITS)


def ends(batch: Batch | None) -> tuple[int, int]:
    assert batch is not None
    return batch.first, batch.last


def test_a_batch_is_cut_by_records_bytes_or_age() -> None:
    by_rows, by_bytes, by_age = fresh(), fresh(), fresh()
    by_rows.add(raw(0, 2), 0.0)
    assert by_rows.ready is None and by_rows.cut(0.0) is None
    by_rows.add(raw(3, 3), 0.0)
    assert ends(by_rows.ready) == (0, 3)
    by_bytes.add(raw(7, 7, size=1_000), 0.0)
    assert ends(by_bytes.ready) == (7, 7)
    by_age.add(raw(7, 7), 10.0)
    assert by_age.cut(10.49) is None
    assert ends(by_age.cut(10.5)) == (7, 7)


def test_what_is_noted_names_the_range() -> None:
    """The offset is where the batch begins, the metadata beside it tell a successor where it ends."""
    batches = PartitionBatches(PLACE, Committed(100), LIMITS)
    assert not batches.uncommitted
    batches.add(raw(98, 103, delivered_before=100), 0.0)
    assert ends(batches.cut(1.0)) == (100, 103)
    assert batches.uncommitted == (100, "pending:103")
    batches.committed(100, "pending:103")
    assert not batches.uncommitted
    batches.done()
    assert batches.uncommitted == (104, "")


def test_the_end_of_a_batch_and_the_note_of_the_next_are_one_commit() -> None:
    batches = PartitionBatches(PLACE, Committed(0), LIMITS)
    batches.add(raw(0, 4), 0.0)
    batches.add(raw(5, 9), 0.0)
    assert ends(batches.ready) == (0, 4)
    batches.done()
    assert batches.uncommitted == (5, "pending:9")


def test_a_batch_stays_the_same_until_it_is_done() -> None:
    """A retry under the same token must carry the same rows."""
    batches = fresh()
    batches.add(raw(0, 0), 0.0)
    first = batches.cut(1.0)
    batches.add(raw(1, 1), 1.0)
    assert batches.cut(9.0) is first
    assert (batches.rows, batches.bytes) == (2, 20)
    batches.done()
    assert ends(batches.cut(9.0)) == (1, 1)


def test_a_predecessors_batch_is_rebuilt_whatever_the_limits_say() -> None:
    batches = PartitionBatches(PLACE, Committed(10, "pending:15"), LIMITS)
    for offset in range(10, 16):
        assert batches.rebuilding and batches.cut(99.0, all_of_it=True) is None
        batches.add(raw(offset, offset), 0.0)
    batch = batches.cut(0.0)
    assert ends(batch) == (10, 15) and batch is not None and batch.perhaps_there
    assert batches.uncommitted is None  # its note is there
    batches.done()
    batches.add(raw(16, 16), 0.0)
    following = batches.cut(9.0)
    assert ends(following) == (16, 16) and following is not None and not following.perhaps_there


def test_a_record_batch_in_which_a_predecessors_batch_ends_belongs_to_two() -> None:
    batches = PartitionBatches(PLACE, Committed(10, "pending:12"), LIMITS)
    shared = raw(8, 14, delivered_before=10)
    batches.add(shared, 0.0)
    assert ends(batches.ready) == (10, 12)
    batches.done()
    assert ends(batches.ready) == (13, 14)
    assert batches.ready is not None and batches.ready.raw == (shared,)


def test_a_range_whose_end_was_compacted_away_is_closed_by_what_follows() -> None:
    batches = PartitionBatches(PLACE, Committed(10, "pending:15"), LIMITS)
    batches.add(raw(12, 12), 0.0)
    batches.add(raw(20, 20), 0.0)
    assert ends(batches.cut(0.0)) == (10, 15)
    batches.done()
    assert ends(batches.cut(1.0)) == (16, 20)


def test_a_refused_batch_is_halved_down_to_its_rows() -> None:
    """Each half is noted before it is written, like any batch."""
    batches = PartitionBatches(PLACE, Committed(10), LIMITS)
    batches.add(raw(10, 19), 0.0)
    batches.divide([row(offset) for offset in (11, 13, 17)])  # the others were dead letters
    seen = []
    while (batch := batches.ready) is not None:
        assert batches.uncommitted == (batch.first, batch.intention)
        assert batch.rows is not None and not batch.perhaps_there
        if len(batch.rows) > 1:
            batches.divide(batch.rows)
            continue
        seen.append((batch.first, batch.last, batch.rows[0].offset))
        batches.done()
    assert seen == [(10, 12, 11), (13, 16, 13), (17, 19, 17)]
    assert batches.uncommitted == (20, "")
    assert (batches.rows, batches.bytes) == (0, 0)


class _Table:
    """A table with an unbounded deduplication window that takes no block with a refused row."""

    def __init__(self, refused: set[int]) -> None:
        self.refused = refused
        self.offsets: list[int] = []
        self.blocks: dict[tuple[int, int], tuple[int, ...]] = {}

    def insert(self, batch: Batch, offsets: tuple[int, ...]) -> bool:
        if self.refused & set(offsets):
            return False
        known = self.blocks.setdefault((batch.first, batch.last), offsets)
        assert known is offsets or known == offsets, "other rows under a known token would be dropped silently"
        if known is offsets:
            self.offsets += offsets
        return True


def _record_batches(sizes: Iterable[int], count: int) -> list[RawBatch]:
    found, at = [], 0
    for size in sizes:
        found.append(raw(at, at + size - 1))
        at += size
        if at >= count:
            break
    return found


@given(
    bad=st.sets(st.integers(0, 59)),
    refused=st.sets(st.integers(0, 59), max_size=6),
    sizes=st.lists(st.integers(1, 9), min_size=60, max_size=60),
    ages=st.lists(st.sampled_from([0.0, 0.2, 0.6]), min_size=1, max_size=40),
    crashes=st.lists(st.sampled_from(["", "", "", "before note", "after note", "after insert", "after books"]), min_size=1, max_size=40),
    repaired_at=st.integers(0, 300),
)
def test_no_row_is_lost_or_doubled_by_any_crash(
    bad: set[int], refused: set[int], sizes: list[int], ages: list[float], crashes: list[str], repaired_at: int
) -> None:
    """Exactly once for every interleaving of reads, ages and crashes at every point, in the middle of a bisection too, and also when
    the table stops to refuse rows in between."""
    log = _record_batches(sizes, 60)
    end = log[-1].next_offset
    table, committed, now, turn, letters = _Table(refused), Committed(0), 0.0, 0, set[int]()
    batches, read = PartitionBatches(PLACE, committed, LIMITS), 0
    while (committed.next_offset, committed.metadata) != (end, ""):
        turn += 1
        if turn == repaired_at:
            table.refused = set()
        crash = crashes[turn % len(crashes)] if turn < 600 else ""
        now += ages[turn % len(ages)] if turn < 600 else 1.0
        if read < len(log):
            batches.add(replace(log[read], min_offset=committed.next_offset or 0), now)
            read += 1
        batch = batches.cut(now)
        if crash != "before note" and (wanted := batches.uncommitted) is not None:
            committed = Committed(*wanted)
            batches.committed(*wanted)
        if crash not in ("before note", "after note") and batch is not None:
            rows = batch.rows
            if rows is None:
                offsets = [at for part in batch.raw for at in range(max(part.base_offset, part.min_offset), part.next_offset)]
                rows = tuple(row(at) for at in offsets if batch.first <= at <= batch.last and at not in bad)
            stored = not rows or table.insert(batch, tuple(entry.offset for entry in rows))
            if not stored and len(rows) == 1:
                letters.add(rows[0].offset)
            if crash != "after insert":
                if stored or len(rows) == 1:
                    batches.done()
                else:
                    batches.divide(rows)
        if crash:
            batches = PartitionBatches(PLACE, committed, LIMITS)
            read = next((index for index, part in enumerate(log) if part.next_offset > (committed.next_offset or 0)), len(log))
        assert turn < 4_000
    assert table.offsets == sorted(set(table.offsets)), "in order, none twice"
    good = set(range(end)) - bad
    assert good - set(table.offsets) <= letters & refused
