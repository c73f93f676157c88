"""The market fold over columns: the same state as record by record, whatever the order, and the same refusals."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Permanent
from infra.settings import Settings
from processors.calc.print_identity import identities_of, identity_of
from processors.column_input import Alone, ColumnInput
from processors.folds.market import MarketFold
from processors.partition_fold import PartitionFold
from processors.partition_state import Packed
from schemas import catalog
from schemas.codec import Codec
from schemas.record import Record
from schemas.records import Quote, Trade
from tests.support.raw_batches import LZ4, batch_of

SETTINGS = Settings()
FOLD = MarketFold(SETTINGS.bars, SETTINGS.boxes, SETTINGS.feature)
START = 1_586_957_400_000_000
INPUTS = {name: ColumnInput(catalog.topic(name), 5, FOLD) for name in ("market.trades", "market.quotes")}
CODECS: dict[str, Codec[Any]] = {"market.trades": Codec(Trade, 5), "market.quotes": Codec(Quote, 5)}


def some_trade(random: random.Random) -> Trade:
    moment = START + random.randrange(5_000_000)
    return Trade(
        symbol=random.choice("ABC"), ts_event=moment, ts_received=moment, ts_published=moment, source="polygon",
        trade_id=random.choice(["7", "71675312", "ü-11", ""]), sequence=random.randrange(-2, 9), price=random.choice([1.5, 2.25, 0.0, -1.0, 3.0]),
        size=random.choice([1.0, 100.0, 0.0, 7.5]), exchange=random.choice([None, 4]), conditions=tuple(random.choices([37, 14], k=2)),
        bar_parts=random.choice([7, 7, 6, 4, 0]),
    )  # fmt: skip


def some_quote(random: random.Random) -> Quote:
    moment = random.choice([START + random.randrange(5_000_000), START + random.randrange(3), 5])
    return Quote(
        symbol=random.choice("ABC"), ts_event=moment, ts_received=moment, ts_published=moment, source="polygon", sequence=random.randrange(3),
        bid_price=random.choice([None, 1.0, 2.0]), bid_size=random.choice([None, 100.0]), ask_price=random.choice([None, 1.5, 2.5]),
        ask_size=random.choice([None, 200.0]),
    )  # fmt: skip


def state_of(partition: PartitionFold[Any]) -> dict[str, Any]:
    return {item.key: (item.state, item.offsets) for item in partition.snapshots()}


def one_by_one(partition: PartitionFold[Any], topic: str, offset: int, record: Record) -> str:
    try:
        key = catalog.topic(topic).key_of(record)
        assert key is not None
        partition.fold_record(f"{topic}.v1", topic, offset, key, record, lambda _: pytest.fail("only ticks have outputs"))
    except Permanent as error:
        return str(error)
    return ""


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(1, 60), topic=st.sampled_from(sorted(INPUTS)), repeat=st.integers(0, 20))
def test_columns_fold_as_records_do(seed: int, count: int, topic: str, repeat: int) -> None:
    source = random.Random(seed)
    make = some_trade if topic == "market.trades" else some_quote
    records: list[Record] = [make(source) for _ in range(count)]
    plain: PartitionFold[Any] = PartitionFold(0, FOLD, None)
    refusals = {offset: text for offset, record in enumerate(records) if (text := one_by_one(plain, topic, offset, record))}

    columns: PartitionFold[Any] = PartitionFold(0, FOLD, None)
    found = {}
    cut = source.randrange(count + 1)
    values = [CODECS[topic].encode(record) for record in records]
    parts = [(0, values[:cut]), (max(cut - repeat, 0), values[max(cut - repeat, 0) :])]  # the second begins with repeats
    for first, part in parts:
        if not part:
            continue
        for item in INPUTS[topic].read(0, [batch_of(part, base_offset=first, compression=LZ4)]):
            if isinstance(item, Packed):
                columns.fold_packed(f"{topic}.v1", topic, item, lambda _: pytest.fail("only ticks have outputs"))
            else:
                text = one_by_one(columns, topic, item.offset, CODECS[topic].decode(item.value or b""))
                if text:
                    found[item.offset] = text
    assert found == refusals
    assert state_of(columns) == state_of(plain)


def test_what_is_no_column_comes_alone_and_in_its_place() -> None:
    source = random.Random(1)
    good = Trade(**{**{f: getattr(some_trade(source), f) for f in Trade.__slots__}, "price": 2.0, "size": 5.0})
    value = CODECS["market.trades"].encode(good)
    other_writer = Codec(Trade, 77).encode(good)
    batch = batch_of([value, b"\x00broken", value, other_writer, None, value], base_offset=100)
    seen = [item.offset if isinstance(item, Alone) else item.offsets.tolist() for item in INPUTS["market.trades"].read(2, [batch])]
    assert seen == [[100], 101, [102], 103, 104, [105]]


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(max_size=12)), max_size=20))
def test_identities_are_the_same_one_by_one_and_together(prints: list[tuple[int, str]]) -> None:
    texts = [text.encode() for _, text in prints]
    lengths = np.array([len(text) for text in texts], np.int64)
    starts = np.cumsum(lengths) - lengths
    data = np.frombuffer(b"".join(texts), np.uint8)
    together = identities_of(np.array([sequence for sequence, _ in prints], np.int64), data, starts, lengths)
    assert together.tolist() == [identity_of(sequence, text) for sequence, text in prints]


def test_identities_of_neighbours_differ() -> None:
    assert len({identity_of(sequence, str(number)) for sequence in range(100) for number in range(1_000)}) == 100_000
