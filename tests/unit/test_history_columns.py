"""Blocks of columns against blocks of records: the same values, or the slow way."""

from __future__ import annotations

from typing import Any

import pytest
from clickhouse_connect.driver.ctypes import RespBuffCls
from clickhouse_connect.driver.query import QueryContext
from clickhouse_connect.driver.transform import NativeTransform
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.clickhouse.native_block import NativeBlock
from infra.columnar.decoder import Unsupported
from infra.columnar.record_batch import RawBatch, records_of
from infra.kafka.replay_headers import marks
from schemas import catalog
from schemas.avro_schemas import resolved
from schemas.catalog import Topic
from schemas.codec import Codec
from schemas.golden_examples import load
from schemas.records import BY_FULL_NAME, Trade
from sinks.clickhouse.batching import Row
from sinks.clickhouse.column_blocks import ColumnBlocks
from sinks.clickhouse.rows import block_of_rows
from tests.support.avro_worlds import Reference, inlined, values_of
from tests.support.raw_batches import batch_bytes, batch_of, batches_in

SCHEMA_ID = 41
BY_RECORD = {"raw.payloads", "derived.flow-metrics"}
"""Bulk topics whose table has a map."""
IN_COLUMNS = sorted(name for name, topic in catalog.topics().items() if topic.bulk and topic.identity and name not in BY_RECORD)
TRADES = catalog.topic("market.trades")


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.gen = iter([data])
        self.last_message: bytes | None = None
        self.exception_tag: str | None = None

    def close(self) -> None:
        """Nothing is held."""


def values_in(block: NativeBlock) -> dict[str, list[Any]]:
    """Return a block's columns as ClickHouse's own client reads them; times as numbers."""
    columns = as_they_come(block)
    order = sorted(range(block.rows), key=columns["_offset"].__getitem__)  # rows come as the table is sorted
    return {name: [column[row] for row in order] for name, column in columns.items()}


def as_they_come(block: NativeBlock) -> dict[str, list[Any]]:
    context = QueryContext(query_formats={"DateTime64": "int", "Date32": "int"}, column_oriented=True)
    result = NativeTransform.parse_response(RespBuffCls(_Bytes(bytes(block.data))), context)
    assert tuple(result.column_names) == block.columns
    return {name: [_plain(value) for value in column] for name, column in zip(result.column_names, result.result_columns, strict=True)}


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def by_record(topic: Topic, batches: list[RawBatch], first: int, last: int) -> NativeBlock:
    codec: Codec[Any] = Codec(topic.record_type, SCHEMA_ID)
    rows = [
        Row(record.offset, record.key, record.value or b"", codec.decode(record.value or b""))
        for batch in batches
        for record in records_of(batch)
        if first <= record.offset <= last
    ]
    return block_of_rows(topic, 3, rows)


def trade(number: int, **changes: Any) -> bytes:
    values = {"symbol": f"S{number % 3}", "source": "test", "trade_id": str(number), "sequence": number, "price": 1.0, "size": 2.0}
    times = {"ts_event": 1_000 + number, "ts_received": 5, "ts_published": 6}
    return Codec(Trade, SCHEMA_ID).encode(Trade(**{**values, **times, **changes}))


@pytest.mark.parametrize("name", IN_COLUMNS)
@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_columns_hold_what_records_hold(name: str, data: st.DataObject) -> None:
    topic = catalog.topic(name)
    reference = Reference(inlined(resolved(topic.record)), SCHEMA_ID)
    codec: Codec[Any] = Codec(topic.record_type, SCHEMA_ID)
    values = [reference.encode(value) for value in data.draw(st.lists(values_of(inlined(resolved(topic.record))), max_size=4))]
    values += [codec.encode(record) for record in load(topic).values()]
    size = data.draw(st.integers(1, len(values)))
    batches = [batch_of(values[start : start + size], base_offset=10 + start) for start in range(0, len(values), size)]
    first = data.draw(st.integers(10, 9 + len(values)))
    last = data.draw(st.integers(first, 9 + len(values)))
    maker = ColumnBlocks(topic, SCHEMA_ID)
    for range_ in ((10, 9 + len(values)), (first, last)):  # the second finds the dictionaries of the first
        made = maker.block(batches, 3, *range_)
        assert made is not None
        assert made.block.rows == range_[1] - range_[0] + 1
        assert values_in(made.block) == values_in(by_record(topic, batches, *range_))


@pytest.mark.parametrize("name", sorted(BY_RECORD))
def test_other_tables_go_record_by_record(name: str) -> None:
    with pytest.raises(Unsupported):
        ColumnBlocks(catalog.topic(name), SCHEMA_ID)


def test_every_bulk_record_is_known() -> None:
    assert {catalog.topic(name).record for name in IN_COLUMNS} <= set(BY_FULL_NAME)


def test_the_newest_event_is_told() -> None:
    made = ColumnBlocks(TRADES, SCHEMA_ID).block([batch_of([trade(7), trade(9), trade(8)])], 0, 0, 1)
    assert made is not None and made.newest_us == 1_009
    history = catalog.topic("history.trades")
    record = batch_of([Codec(history.record_type, SCHEMA_ID).encode(load(history)["typical"])])
    without = ColumnBlocks(history, SCHEMA_ID).block([record], 0, 0, 0)
    assert without is not None and without.newest_us is None


def test_rows_come_in_the_order_of_their_symbols_and_else_as_they_were() -> None:
    symbols = ["B", "a", "A", "B", "\u00e9", "A", "C", "A"]
    made = ColumnBlocks(TRADES, SCHEMA_ID).block([batch_of([trade(0, symbol=symbol) for symbol in symbols])], 0, 1, 7)
    assert made is not None
    offsets = as_they_come(made.block)["_offset"]
    assert [(symbols[offset], offset) for offset in offsets] == sorted((symbol, offset) for offset, symbol in enumerate(symbols) if offset)


def test_long_texts_and_many_keys() -> None:
    """Lengths of more than seven bits, dictionary codes of more than eight and sixteen."""
    maker = ColumnBlocks(TRADES, SCHEMA_ID)
    for count in (256, 257, 66_000):
        batch = batch_of([trade(number, symbol=f"K{number}", trade_id="x" * (number % 200)) for number in range(count)])
        made = maker.block([batch], 3, 0, count - 1)
        assert made is not None
        read = values_in(made.block)
        assert read["symbol"] == [f"K{number}" for number in range(count)]
        assert [len(text) for text in read["trade_id"]] == [number % 200 for number in range(count)]


@pytest.mark.parametrize("bad", [b"", None, trade(1)[:-1], b"\0\0\0\0\x07" + trade(1)[5:], trade(1) + b"\0"])
def test_a_record_to_be_looked_at_sends_its_batch_the_slow_way(bad: bytes | None) -> None:
    maker = ColumnBlocks(TRADES, SCHEMA_ID)
    batch = batch_of([trade(0), trade(1), bad, trade(3), trade(4)])
    assert maker.block([batch], 0, 0, 4) is None
    for first, last in ((0, 1), (3, 4)):
        made = maker.block([batch], 0, first, last)
        assert made is not None and values_in(made.block)["_offset"] == [first, last]


def test_a_record_that_was_put_back_sends_its_batch_the_slow_way() -> None:
    headers: list[list[tuple[str, bytes | None]]] = [[], [(name, bytes(value)) for name, value in marks("1", "x").items()], [("other", b"")]]
    [batch] = batches_in(batch_bytes([trade(0), trade(1), trade(2)], headers=headers))
    maker = ColumnBlocks(TRADES, SCHEMA_ID)
    assert maker.block([batch], 0, 0, 2) is None
    assert maker.block([batch], 0, 2, 2) is not None


def test_a_number_too_large_for_its_column_sends_its_batch_the_slow_way() -> None:
    good = trade(0)
    too_large = good[:-3] + b"\x02" + b"\x80\x80\x80\x80\x80\x02" + good[-2:]  # exchange = 2 ** 35
    maker = ColumnBlocks(TRADES, SCHEMA_ID)
    assert maker.block([batch_of([good, too_large])], 0, 0, 1) is None
    assert maker.block([batch_of([good, too_large])], 0, 0, 0) is not None
