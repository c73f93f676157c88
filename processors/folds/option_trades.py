"""Option trades as rows that wait for a tick: side, signed delta and identity are found on arrival, from a record or from columns."""

from __future__ import annotations

from math import nan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from processors.calc.flow_sides import side_of, sides_of
from processors.calc.print_identity import identities_of, identity_of
from processors.folds.flow_rows import OPTIONS, OptionRow
from schemas.records import OptionRight, OptionTrade, TradeSide

FIELDS = (
    "ts_event", "trade_id", "right", "price", "size", "premium", "side", "bid", "ask", "delta", "underlying_price", "canceled", "backfilled",
)  # fmt: skip
EARLIEST_US = 1_104_624_000_000_000  # 2005-01-02 UTC: no exchange calendar reaches further back
_CALL, _CANCELED, _BACKFILLED, _SIDE_PLACE = 1, 2, 4, 8
_VENDOR_SIDES = {TradeSide.ASK: 1, TradeSide.BID: -1}
_SIDE_OF_CODE = np.array([_VENDOR_SIDES.get(side, 0) for side in TradeSide], np.int8)
_CALL_CODE = list(OptionRight).index(OptionRight.CALL)
_USUAL_MULTIPLIER = 100.0


class Marks(NamedTuple):
    """What `OptionRow.marks` says."""

    is_call: bool
    is_canceled: bool
    is_backfilled: bool
    side: int


def marks_of(code: int) -> Marks:
    """Return what a row's marks say."""
    return Marks(bool(code & _CALL), bool(code & _CANCELED), bool(code & _BACKFILLED), code // _SIDE_PLACE - 1)


def check(trade: OptionTrade) -> None:
    """Refuse what `acceptable` does.

    Raises
    ------
    Permanent
        For a size that is not above 0, a negative price or premium, and a time no exchange calendar reaches back to.
    """
    if trade.ts_event < EARLIEST_US:
        raise Permanent(f"option trade: expected a time from 2005 on, found {trade.ts_event} us since 1970", "ts_event")
    if trade.size <= 0 or trade.price < 0 or trade.premium < 0:
        found = f"{trade.size}, {trade.price} and {trade.premium}"
        raise Permanent(f"option trade: expected size above 0, price and premium not below 0, found {found}", "size")


def row_of(trade: OptionTrade) -> OptionRow:
    """Return a trade as a row.

    The side is that of the quote test; where there is no usable quote, the vendor's word.
    """
    bid, ask = _or_nan(trade.bid), _or_nan(trade.ask)
    side = side_of(trade.price, bid, ask) if ask >= bid and ask > 0 else _VENDOR_SIDES.get(trade.side, 0)
    multiplier = trade.premium / (trade.price * trade.size) if trade.price > 0 else _USUAL_MULTIPLIER
    underlying = _or_nan(trade.underlying_price)
    marks = _CALL * (trade.right is OptionRight.CALL) + _CANCELED * trade.canceled + _BACKFILLED * trade.backfilled + _SIDE_PLACE * (side + 1)
    delta = side * _or_nan(trade.delta) * trade.size * multiplier * underlying
    return OptionRow(trade.ts_event, identity_of(0, trade.trade_id), marks, trade.premium, delta, underlying)


def pack(columns: Any) -> npt.NDArray[np.void]:
    """Return trades as rows; ``columns`` are `infra.columnar.columns.Columns` of `FIELDS`. A row that must be refused has premium -1."""
    rows = np.empty(columns.count, OPTIONS.dtype)
    price, size, premium = (columns.column(name).values for name in ("price", "size", "premium"))
    bid, ask = _numbers(columns, "bid"), _numbers(columns, "ask")
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = (ask >= bid) & (ask > 0)
        side = np.where(usable, sides_of(price, bid, ask), _SIDE_OF_CODE[columns.column("side").values]).astype(np.int64)
        multiplier = np.where(price > 0, premium / (price * size), _USUAL_MULTIPLIER)
    trade_id = columns.column("trade_id")
    rows["ts_event"] = columns.column("ts_event").values
    rows["identity"] = identities_of(np.zeros(columns.count, np.int64), trade_id.data, trade_id.values, trade_id.lengths)
    rows["marks"] = (
        _CALL * (columns.column("right").values == _CALL_CODE)
        + _CANCELED * columns.column("canceled").values.astype(np.int64)
        + _BACKFILLED * columns.column("backfilled").values.astype(np.int64)
        + _SIDE_PLACE * (side + 1)
    )
    good = (rows["ts_event"] >= EARLIEST_US) & (size > 0) & (price >= 0) & (premium >= 0)
    rows["premium"] = np.where(good, premium, -1.0)
    rows["underlying"] = _numbers(columns, "underlying_price")
    with np.errstate(invalid="ignore"):  # a refused row may have no size
        rows["delta_usd"] = side * _numbers(columns, "delta") * size * multiplier * rows["underlying"]
    return rows


def acceptable(rows: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Tell which rows `check` would not refuse."""
    good: npt.NDArray[np.bool_] = rows["premium"] >= 0
    return good


def _numbers(columns: Any, name: str) -> npt.NDArray[np.float64]:
    column = columns.column(name)
    values: npt.NDArray[np.float64] = column.values if column.valid is None else np.where(column.valid, column.values, nan)
    return values


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
