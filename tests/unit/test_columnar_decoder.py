"""The columnar decoder against the codec: same rows, same refusals, neighbours untouched."""

from __future__ import annotations

from infra.columnar.decoder import ColumnDecoder
from schemas.codec import Codec
from schemas.records import HistoryTrade
from tests.support.raw_batches import batch_of

SCHEMA_ID = 7
FIELDS = ("symbol", "ts_event_ns", "price", "conditions")


def trade(index: int, symbol: str = "BCRX") -> HistoryTrade:
    return HistoryTrade(
        symbol=symbol, ts_event_ns=1_700_000_000_000_000_000 + index, sequence=index, price=10.0 + index / 8, size=100 + index,
        conditions="@T" if index % 3 == 0 else None,
    )  # fmt: skip


def decoder() -> ColumnDecoder:
    return ColumnDecoder.for_schema(HistoryTrade.FULL_NAME, SCHEMA_ID, FIELDS, dictionary=("symbol",))


def test_rows_of_a_batch_become_columns() -> None:
    codec = Codec(HistoryTrade, SCHEMA_ID)
    trades = [trade(index, symbol=f"S{index % 4}") for index in range(20)]
    made = decoder()
    columns = made.decode([batch_of([codec.encode(each) for each in trades], base_offset=100)])
    assert columns.count == 20
    assert columns.offsets.tolist() == list(range(100, 120))
    assert columns.column("price").values.tolist() == [each.price for each in trades]
    assert columns.column("ts_event_ns").values.tolist() == [each.ts_event_ns for each in trades]
    assert [columns.column("symbol").text(row) for row in range(20)] == [each.symbol for each in trades]
    assert [columns.column("conditions").text(row) for row in range(20)] == [each.conditions for each in trades]
    assert made.dictionaries["symbol"].texts() == ("S0", "S1", "S2", "S3")
    assert made.dictionaries["symbol"].code("S2") == 2
    assert columns.bad == ()


def test_a_record_that_is_refused_does_not_disturb_its_neighbours() -> None:
    codec = Codec(HistoryTrade, SCHEMA_ID)
    good = codec.encode(trade(1))
    other_schema = Codec(HistoryTrade, SCHEMA_ID + 1).encode(trade(2))
    values = [good, None, good + b"\0", other_schema, b"\0\0", good[:-3], b"\1" + good[1:], good]
    columns = decoder().decode([batch_of(values)])
    assert columns.offsets.tolist() == [0, 7]
    assert [(bad.record.offset, bad.record.value) for bad in columns.bad] == list(enumerate(values))[1:7]
    assert all(bad.reason for bad in columns.bad)
    assert columns.raw_record(1).value == good


def test_no_batches_are_no_rows() -> None:
    columns = decoder().decode([])
    assert (columns.count, columns.bad, columns.append_ms) == (0, (), 0)
    assert columns.column("price").values.tolist() == []
