"""The column encoder writes what the codec writes."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from infra.columnar.decoder import ColumnDecoder
from infra.columnar.encoder import ColumnEncoder
from schemas.codec import Codec
from schemas.record import NonFiniteNumber, Record
from schemas.records import MinuteBar, Trade
from tests.support.raw_batches import batch_of


def split(buffer: bytes, ends: np.ndarray) -> list[bytes]:
    begins = [0, *ends[:-1].tolist()]
    return [buffer[begin:end] for begin, end in zip(begins, ends.tolist(), strict=True)]


def names_of(record: type[Record]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))  # type: ignore[arg-type]


def bar(index: int) -> MinuteBar:
    return MinuteBar(
        symbol=("BCRX", "A", "BRK.B", "É")[index % 4], window_start=(1_700_000_000 + 60 * index) * 1_000_000, open=1.5 * index, high=2.0,
        low=-0.0, close=1e-300, volume=1e15, vwap=index / 7, trade_count=(index - 3) * 10**index,
    )  # fmt: skip


def columns_of(bars: list[MinuteBar]) -> dict[str, object]:
    named: dict[str, object] = {name: np.array([getattr(each, name) for each in bars]) for name in names_of(MinuteBar)}
    return named | {"symbol": [each.symbol for each in bars]}


def test_rows_are_the_bytes_of_the_codec() -> None:
    bars = [bar(index) for index in range(18)]
    buffer, ends = ColumnEncoder.for_schema(MinuteBar.FULL_NAME, 9).encode(columns_of(bars))
    codec = Codec(MinuteBar, 9)
    assert split(buffer, ends) == [codec.encode(each) for each in bars]


def test_decoded_columns_encode_to_the_same_bytes() -> None:
    """Nulls, enums, arrays, texts by code and by place."""
    trades = [
        Trade(
            symbol=f"S{index % 3}", ts_event=index, ts_received=index + 1, ts_published=index + 2, source="polygon",
            trade_id=f"id-{index}", sequence=index, price=1.25 * index, size=100.0,
            exchange=index if index % 5 else None, conditions=tuple(range(index % 4)), backfilled=index % 2 == 0,
        )
        for index in range(30)
    ]  # fmt: skip
    codec = Codec(Trade, 3)
    values = [codec.encode(each) for each in trades]
    names = names_of(Trade)
    columns = ColumnDecoder.for_schema(Trade.FULL_NAME, 3, names, dictionary=("symbol", "trade_id")).decode([batch_of(values)])
    buffer, ends = ColumnEncoder.for_schema(Trade.FULL_NAME, 3).encode({name: columns.column(name) for name in columns.names})
    assert split(buffer, ends) == values


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    """SCH-05."""
    columns = columns_of([bar(1), bar(2)])
    columns["vwap"] = np.array([1.0, number])
    with pytest.raises(NonFiniteNumber, match="vwap"):
        ColumnEncoder.for_schema(MinuteBar.FULL_NAME, 9).encode(columns)


def test_columns_that_do_not_fit_are_refused() -> None:
    encoder = ColumnEncoder.for_schema(MinuteBar.FULL_NAME, 9)
    good = columns_of([bar(1), bar(2)])
    for wrong in ({"vwap": [1.0]}, {"vwap": ["1", "2"]}, {"vwap": [1.0, None]}, {"strange": [1, 2]}, {"trade_count": [1.5, 2.5]}):
        with pytest.raises((ValueError, TypeError)):
            encoder.encode(good | wrong)
    with pytest.raises(ValueError, match="close"):
        encoder.encode({name: column for name, column in good.items() if name != "close"})
    buffer, ends = encoder.encode({name: [] for name in good})
    assert (buffer, ends.tolist()) == (b"", [])
