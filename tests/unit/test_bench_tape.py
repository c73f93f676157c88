"""The benchmark's input: the same trades each time, in the bytes that a Kafka client and our codec would have written."""

from __future__ import annotations

import numpy as np
import pytest
from aiokafka.record.memory_records import MemoryRecords

from benchmarks.market_tape import CONDITIONS, MarketTape, make_tape
from benchmarks.record_batches import COMPRESSIONS, batches_of
from benchmarks.trade_values import encode
from schemas.codec import Codec
from schemas.records import HistoryTrade


@pytest.fixture(scope="module")
def tape() -> MarketTape:
    return make_tape(5_000, symbols=50)


def test_equal_arguments_give_equal_trades(tape: MarketTape) -> None:
    again = make_tape(5_000, symbols=50)
    for name in ("symbol", "ts_event_ns", "sequence", "price", "size", "condition"):
        assert np.array_equal(getattr(tape, name), getattr(again, name)), name
    assert not np.array_equal(tape.price, make_tape(5_000, symbols=50, seed=8).price)


def test_the_trades_make_sense(tape: MarketTape) -> None:
    assert (np.diff(tape.ts_event_ns) > 0).all()
    assert (tape.price > 0).all() and (tape.size > 0).all()
    assert set(tape.partition_of_symbol) == {0, 1, 2, 3}
    for code in range(50):
        own = tape.sequence[tape.symbol == code]
        assert np.array_equal(own, np.arange(1, len(own) + 1))
    counts = np.bincount(tape.symbol, minlength=50)
    assert counts[0] > 5 * counts[40:].mean()  # a few symbols have most of the trades


def test_values_are_those_of_our_codec(tape: MarketTape) -> None:
    values, ends = encode(tape, 77, 1_000, 1_500)
    codec = Codec(HistoryTrade, 77)
    start = 0
    for row, end in zip(range(1_000, 1_500), ends, strict=True):
        trade = HistoryTrade(
            symbol=tape.symbols[tape.symbol[row]],
            ts_event_ns=int(tape.ts_event_ns[row]),
            sequence=int(tape.sequence[row]),
            price=float(tape.price[row]),
            size=int(tape.size[row]),
            conditions=CONDITIONS[tape.condition[row]] or None,
        )
        assert bytes(values[start:end]) == codec.encode(trade)
        start = end
    assert start == len(values)


@pytest.mark.parametrize("compression", list(COMPRESSIONS))
@pytest.mark.parametrize("size", [1, 20, 300])
def test_batches_are_read_by_an_ordinary_client(tape: MarketTape, compression: str, size: int) -> None:
    values, ends = encode(tape, 77, 0, 450)
    starts = np.concatenate(([0], ends[:-1]))
    keys = [name.encode() for name in tape.symbols]
    codes = tape.symbol[:450].astype(np.int64)
    found = []
    for data in batches_of(values, starts, ends, keys, codes, timestamp_ms=123, size=size, compression=compression):
        records = MemoryRecords(data)
        batch = records.next_batch()
        assert batch.validate_crc()
        assert not records.has_next()
        read = list(batch)
        assert [record.offset for record in read] == list(range(len(read)))
        assert len(read) <= size
        found += [(record.key, record.value, record.timestamp) for record in read]
    expected = [(keys[code], bytes(values[start:end]), 123) for code, start, end in zip(codes, starts, ends, strict=True)]
    assert found == expected
