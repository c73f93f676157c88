"""Folding a partition: repeats are skipped, order is fixed, state is what the changelog will say."""

from __future__ import annotations

from infra.errors import Permanent
from processors.fold import Output
from processors.partition_fold import PartitionFold, recover
from processors.table_codec import TableCodec
from schemas.records import RawPayload, Tick
from tests.support.toy_market import TICKS, TRADES, trade
from tests.support.toy_stage import POISON_PRICE, SECOND, ToyFold

Partition = PartitionFold[RawPayload]


def new(recovered: object = ()) -> Partition:
    return PartitionFold(0, ToyFold(), (TICKS, "ops.ticks"), recovered)  # type: ignore[arg-type]


def give(partition: Partition, offset: int, symbol: str, second: int, out: list[Output], price: float = 1.0) -> bool:
    return partition.fold_record(TRADES, "market.trades", offset, symbol, trade(symbol, second * SECOND, price), out.append)


def tick(partition: Partition, offset: int, second: int, out: list[Output]) -> list[str]:
    return list(partition.fold_tick(offset, Tick(ts_event=second * SECOND), out.append, lambda *_: None))


def test_a_repeat_is_folded_once() -> None:
    """F4, F5: after a crash, a rebalance or a fetch during recovery the same offsets come again."""
    partition, out = new(), list[Output]()
    assert give(partition, 5, "A", 1, out)
    assert not give(partition, 5, "A", 1, out)
    assert not give(partition, 4, "A", 1, out)
    assert give(partition, 6, "A", 1, out)
    tick(partition, 0, 2, out)
    assert [output.record.trade_count for output in out] == [2]  # type: ignore[attr-defined]


def test_a_recovered_partition_goes_on_where_the_changelog_ends() -> None:
    """Kill anywhere: fold the rest over the snapshot, with repeats, and the outputs are those of an undisturbed run."""
    codec = TableCodec(RawPayload)
    trades = [(offset, "AB"[offset % 2], offset // 6) for offset in range(30)]
    undisturbed, straight = new(), list[Output]()
    for offset, symbol, second in trades:
        give(undisturbed, offset, symbol, second, straight)
    tick(undisturbed, 0, 10, straight)

    for crash in range(30):
        first, out = new(), list[Output]()
        for offset, symbol, second in trades[:crash]:
            give(first, offset, symbol, second, out)
        stored = {s.key.encode(): codec.encode(s.state, s.offsets) for s in first.snapshots()}
        second_life = new(recover(stored, codec))
        for offset, symbol, second in trades[max(crash - 7, 0) :]:
            give(second_life, offset, symbol, second, out)
        tick(second_life, 0, 10, out)
        assert out == straight


def test_ticks_go_to_the_keys_in_sorted_order() -> None:
    """The order of arrival must not show in the outputs, or a replay would differ."""
    partition, out = new(), list[Output]()
    for offset, symbol in enumerate(["C", "A", "B"]):
        give(partition, offset, symbol, 1, out)
    assert tick(partition, 0, 2, out) == ["A", "B", "C"]
    assert [output.record.symbol for output in out] == ["A", "B", "C"]  # type: ignore[attr-defined]


def test_a_tick_that_a_key_did_not_want_is_not_offered_again_to_its_later_state() -> None:
    partition, out = new(), list[Output]()
    give(partition, 0, "A", 50, out)
    tick(partition, 7, 10, out)  # not wanted: second 50 is open
    [snapshot] = partition.snapshots()
    assert snapshot.offsets == {TRADES: 0, TICKS: 7}


def test_the_highest_offset_is_known_without_a_look_at_every_key() -> None:
    """The stage asks every two seconds: of a million keys it must be at hand, after a recovery too."""
    codec, partition, out = TableCodec(RawPayload), new(), list[Output]()
    assert partition.highest_offsets() == {}
    for offset, symbol in ((4, "B"), (9, "A"), (11, "B")):
        give(partition, offset, symbol, 1, out)
    assert partition.highest_offsets() == {TRADES: 11}
    tick(partition, 7, 2, out)
    assert partition.highest_offsets() == {TRADES: 11, TICKS: 7}
    stored = {s.key.encode(): codec.encode(s.state, s.offsets) for s in partition.snapshots()}
    assert new(recover(stored, codec)).highest_offsets() == {TRADES: 11, TICKS: 7}


def test_a_refused_record_changes_nothing_and_may_come_again() -> None:
    partition, out = new(), list[Output]()
    for offset in (3, 3):
        try:
            give(partition, offset, "A", 1, out, price=POISON_PRICE)
        except Permanent as error:
            assert error.field_path == "price"
        else:
            raise AssertionError("expected a refusal")
    assert len(partition) == 0
    assert not partition.dirty


def test_a_refused_tick_keeps_the_state_of_its_key_and_goes_to_the_others() -> None:
    class Choosy(ToyFold):
        def step(self, state, topic, record):  # type: ignore[no-untyped-def]
            if isinstance(record, Tick) and state.source == "A":
                raise Permanent("expected another tick, found this one")
            return super().step(state, topic, record)

    partition, out, refused = PartitionFold(0, Choosy(), (TICKS, "ops.ticks")), list[Output](), list[str]()
    for offset, symbol in enumerate("AB"):
        give(partition, offset, symbol, 1, out)
    taken = list(partition.fold_tick(0, Tick(ts_event=2 * SECOND), out.append, lambda key, _: refused.append(key)))
    assert (taken, refused) == (["B"], ["A"])


def test_a_snapshot_is_taken_once_and_not_touched_by_what_comes_after() -> None:
    """F6: Faust loses what is changed in place; here a state is replaced and the snapshot keeps the old one."""
    partition, out = new(), list[Output]()
    give(partition, 0, "A", 1, out)
    [before] = partition.snapshots()
    assert partition.snapshots() == []
    give(partition, 1, "A", 1, out)
    assert before.state.parameters == {"1": "1,1.0"}
    assert before.offsets == {TRADES: 0}
    assert [snapshot.offsets for snapshot in partition.snapshots()] == [{TRADES: 1}]
    assert partition.highest_offsets() == {TRADES: 1}
