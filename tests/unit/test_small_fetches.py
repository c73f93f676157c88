"""A fetch of few records: all partitions decoded in one call, few outputs written row by row; the same values as the ways of many."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.columnar.record_batch import RawBatch, records_of
from infra.kafka.replay_headers import marks
from infra.settings import Form
from processors.array_fold import FEW_OUTPUTS, output_columns
from processors.column_input import Alone, ColumnInput
from processors.column_output import ColumnOutput
from processors.folds.depth import DepthFold
from processors.folds.minute_bars import MinuteBars
from processors.partition_state import Packed
from processors.stages import STAGES
from processors.storage import ArrayStorage
from schemas import catalog
from schemas.codec import Codec
from schemas.record import NonFiniteNumber
from schemas.records import BY_FULL_NAME, HistoryTrade
from tests.support.raw_batches import batch_bytes, batches_in

CODEC = Codec(HistoryTrade, 5)
STORAGE = ArrayStorage(STAGES["history_bars"], MinuteBars(), Form.KERNEL, lambda *_: None)
OUTPUTS = {fold.output: fold for fold in (MinuteBars(), DepthFold())}


def trades(source: random.Random, count: int, *, price: float | None = None) -> list[bytes]:
    return [
        CODEC.encode(
            HistoryTrade(
                symbol=f"S{source.randrange(9)}", ts_event_ns=1_700_000_000_000_000_000 + source.randrange(10**12), sequence=number,
                price=price or source.randrange(1, 10_000) / 100, size=source.randrange(1, 500),
            )
        )
        for number in range(count)
    ]  # fmt: skip


def fetched(source: random.Random, min_offset: int = 0) -> list[RawBatch]:
    """Return what a fetch brings of a partition: one to three small batches, the first perhaps begun in the middle."""
    data, offset = b"", 0
    for _ in range(source.randrange(1, 4)):
        values = trades(source, source.randrange(1, 6))
        data += batch_bytes(values, base_offset=offset, compression=source.choice([0, 3, 4]))
        offset += len(values) + source.randrange(3)
    return batches_in(data, min_offset)


def columns_of(items: list[Any]) -> list[tuple[int, str, tuple[Any, ...]]]:
    """Return every record as (offset, symbol, values)."""
    found = []
    for item in items:
        assert isinstance(item, Packed)
        rows = zip(*(column.tolist() for column in item.values), strict=True)
        found += [(offset, item.text(code), row) for offset, code, row in zip(item.offsets.tolist(), item.codes.tolist(), rows, strict=True)]
    return found


def new_input() -> ColumnInput:
    return ColumnInput(catalog.topic("history.trades"), 5, STORAGE.packer)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), partitions=st.integers(2, 4), begun=st.sampled_from([0, 0, 2, 50]))
def test_partitions_decoded_together_give_what_each_gives_alone(seed: int, partitions: int, begun: int) -> None:
    source = random.Random(seed)
    parts = [fetched(source, begun if number == 0 else 0) for number in range(partitions)]
    together = new_input().read_together(parts)
    if sum(batch.count for part in parts for batch in part) <= 2:
        assert together == []
        return
    assert len(together) == partitions
    alone = new_input()
    for packed, part in zip(together, parts, strict=True):
        items = list(alone.read(0, part))
        if not any(isinstance(item, Alone) for item in items):  # else there are two or fewer
            assert columns_of([packed]) == columns_of(items)
        assert packed.offsets.tolist() == [record.offset for batch in part for record in records_of(batch)]


def test_a_record_that_needs_a_look_makes_each_partition_go_its_own_way() -> None:
    source = random.Random(1)
    good = batches_in(batch_bytes(trades(source, 3)))
    needs_a_look = {
        "not acceptable": batch_bytes(trades(source, 3, price=-1.0)),
        "corrupt": batch_bytes([*trades(source, 2), b"\0\0\0\0\5broken"]),
        "other schema": batch_bytes([b"\0\0\0\0\6" + trades(source, 1)[0][5:]]),
        "put back": batch_bytes(trades(source, 1), headers=[list(marks("letter", "stage.history_bars").items())]),  # type: ignore[list-item]
    }
    for data in needs_a_look.values():
        assert new_input().read_together([good, batches_in(data)]) == []
    assert new_input().read_together([good]) == [], "one partition alone"
    assert new_input().read_together([]) == []
    assert len(new_input().read_together([good, good])) == 2


class Codecs:
    def of(self, topic: str) -> Codec[Any]:
        return Codec(BY_FULL_NAME[catalog.topic(topic).record], 8)


@pytest.mark.parametrize("topic", OUTPUTS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, FEW_OUTPUTS), nulls=st.booleans())
def test_few_outputs_are_the_same_bytes_as_many(topic: str, seed: int, count: int, nulls: bool) -> None:
    outputs, texts = rows_of(topic, random.Random(seed), count, nulls)
    output = ColumnOutput(Codecs())  # type: ignore[arg-type]
    output.prepare(topic)
    few = output_columns(outputs, "symbol", texts)
    assert all(isinstance(column, list) for column in few.values())
    padded = output_columns(np.concatenate([outputs] * (FEW_OUTPUTS + 1)), "symbol", texts)
    assert isinstance(padded["ts_event" if topic == "derived.depth" else "window_start"], np.ndarray)
    assert output.encode(topic, few) == output.encode(topic, padded)[:count]


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("copies", [1, FEW_OUTPUTS + 1])
def test_a_number_that_is_none_is_refused_either_way(wrong: float, copies: int) -> None:
    outputs, texts = rows_of("history.bars", random.Random(3), 1, nulls=False)
    outputs["vwap"] = wrong
    output = ColumnOutput(Codecs())  # type: ignore[arg-type]
    output.prepare("history.bars")
    with pytest.raises(NonFiniteNumber):
        output.encode("history.bars", output_columns(np.concatenate([outputs] * copies), "symbol", texts))


def rows_of(topic: str, source: random.Random, count: int, nulls: bool) -> tuple[Any, list[str]]:
    """Return outputs of the topic's fold with random values, and the texts of their keys."""
    outputs = np.zeros(count, OUTPUTS[topic].output_type)
    texts = [f"S{number}" for number in range(3)]
    may_be_null = topic == "derived.depth"
    for name in outputs.dtype.names or ():
        if name == "row":
            outputs[name] = [source.randrange(len(texts)) for _ in range(count)]
        elif name == "mode":
            outputs[name] = [source.randrange(3) for _ in range(count)]
        elif outputs.dtype[name].kind == "i":
            outputs[name] = [source.randrange(10**6) for _ in range(count)]
        else:
            is_null = nulls and may_be_null and name not in ("bid_size_5", "ask_size_5")
            outputs[name] = [math.nan if is_null else source.random() for _ in range(count)]
    return outputs, texts
