"""One-minute bars of past days from their trades; a minute closes when its symbol trades in a later one.

Open, high, low, close, volume and VWAP as exchanges define them: the prints' first, highest, lowest and last price, the sum of their
sizes, and sum(price x size) / sum(size).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.settings import Form
from processors.array_fold import FoldRows, Index, Rows, Values
from schemas.record import Record
from schemas.records import HistoryTrade

MINUTE_NS = 60_000_000_000
MINUTE_US = 60_000_000
_PRICES = [(name, "<f8") for name in ("open", "high", "low", "close")]


class OpenMinute:
    """The minute of a symbol that has not closed yet; ``minute`` counts from the epoch."""

    __slots__ = ("close", "high", "late", "low", "minute", "notional", "open", "trade_count", "volume")

    def __init__(self, row: np.void) -> None:
        values: Any = row.item()
        self.minute: int = values[0]
        self.open: float = values[1]
        self.high: float = values[2]
        self.low: float = values[3]
        self.close: float = values[4]
        self.volume: float = values[5]
        self.notional: float = values[6]
        self.trade_count: int = values[7]
        self.late: int = values[8]


class MinuteBars:
    """Folds `HistoryTrade` into `MinuteBar`.

    A trade of a minute that is closed already is counted in the state as ``late`` and changes no bar: past days come in order.
    """

    input: ClassVar[str] = "history.trades"
    output: ClassVar[str] = "history.bars"
    fields: ClassVar[Sequence[str]] = ("ts_event_ns", "price", "size")
    row_type: ClassVar[np.dtype[np.void]] = np.dtype(
        [("minute", "<i8"), *_PRICES, ("volume", "<f8"), ("notional", "<f8"), ("trade_count", "<i8"), ("late", "<i8")]
    )
    output_type: ClassVar[np.dtype[np.void]] = np.dtype(
        [("row", "<i4"), ("window_start", "<i8"), *_PRICES, ("volume", "<f8"), ("vwap", "<f8"), ("trade_count", "<i8")]
    )
    forms: ClassVar[frozenset[Form]] = frozenset(Form)

    def prepare(self, columns: Any) -> Values:
        """Return minute since the epoch, price, and size as a float."""
        ts_ns, price, size = (columns.column(name).values for name in self.fields)
        return ts_ns // MINUTE_NS, price, size.astype(np.float64)

    def values_of(self, record: Record) -> tuple[Any, ...]:
        """Return the same of one trade."""
        assert isinstance(record, HistoryTrade)
        return record.ts_event_ns // MINUTE_NS, record.price, float(record.size)

    def acceptable(self, values: Values) -> npt.NDArray[np.bool_]:
        """Accept prices and sizes above 0, and times after the first minute of 1970: minute 0 is that of a row nobody wrote yet."""
        minute, price, size = values
        good: npt.NDArray[np.bool_] = (price > 0.0) & (size > 0.0) & (minute > 0)
        return good

    def check(self, record: Record) -> None:
        """Refuse what `acceptable` does."""
        assert isinstance(record, HistoryTrade)
        if not (record.price > 0 and record.size > 0):
            raise Permanent(f"trade: expected price and size above 0, found {record.price} and {record.size}", "price")
        if record.ts_event_ns < MINUTE_NS:
            raise Permanent(f"trade: expected a time after the first minute of 1970, found {record.ts_event_ns} ns", "ts_event_ns")

    def open(self, row: np.void) -> OpenMinute:
        """Return the state of a row."""
        return OpenMinute(row)

    def close(self, state: OpenMinute) -> tuple[Any, ...]:
        """Return the row of a state."""
        return (
            state.minute, state.open, state.high, state.low, state.close, state.volume, state.notional, state.trade_count, state.late
        )  # fmt: skip

    def step(self, state: OpenMinute, minute: int, price: float, size: float) -> tuple[Any, ...] | None:
        """Fold one trade; return the bar that it closed, if it is the first of a later minute."""
        if minute == state.minute:
            if price > state.high:
                state.high = price
            elif price < state.low:
                state.low = price
            state.close = price
            state.volume += size
            state.notional += price * size
            state.trade_count += 1
            return None
        if minute < state.minute:
            state.late += 1
            return None
        closed = None
        if state.trade_count:
            closed = (
                state.minute * MINUTE_US, state.open, state.high, state.low, state.close,
                state.volume, state.notional / state.volume, state.trade_count,
            )  # fmt: skip
        state.minute = minute
        state.open = state.high = state.low = state.close = price
        state.volume, state.notional, state.trade_count = size, price * size, 1
        return closed

    def fold_columns(self, rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
        """Sort by symbol, cut where the minute changes, sum each piece in the order of its trades."""
        if not len(index):
            return 0
        minute, price, size = values
        order = np.argsort(index, kind="stable")
        place, prices, sizes = index[order], price[order], size[order]
        # Symbol and minute in one number: within a symbol it can only rise, so what is below the highest so far came late.
        step = (place.astype(np.int64) << 32) | minute[order]
        first = np.flatnonzero(np.diff(place, prepend=-1))
        own = (place[first].astype(np.int64) << 32) | rows["minute"][place[first]]
        highest = step.copy()
        highest[first] = np.maximum(highest[first], own)
        late = step < np.maximum.accumulate(highest)
        if late.any():
            np.add.at(rows["late"], place[late], 1)
            kept = ~late
            order, place, prices, sizes, step = order[kept], place[kept], prices[kept], sizes[kept], step[kept]
            if not len(place):
                return 0
        cut = np.flatnonzero(np.diff(step, prepend=-1))
        piece = np.repeat(np.arange(len(cut)), np.diff(cut, append=len(step)))
        made = np.zeros(len(cut), self.row_type)
        row = place[cut]
        made["minute"], made["open"], made["close"] = step[cut] & 0xFFFFFFFF, prices[cut], prices[np.append(cut[1:], len(step)) - 1]
        made["high"], made["low"] = np.maximum.reduceat(prices, cut), np.minimum.reduceat(prices, cut)
        made["trade_count"] = np.diff(cut, append=len(step))
        begins = np.diff(row, prepend=-1) != 0  # first piece of its symbol
        known = rows[row]
        known_open = begins & (known["trade_count"] > 0)
        goes_on = known_open & (known["minute"] == made["minute"])
        for name, better in (("high", np.maximum), ("low", np.minimum)):
            made[name][goes_on] = better(made[name][goes_on], known[name][goes_on])
        made["open"][goes_on] = known["open"][goes_on]
        made["trade_count"][goes_on] += known["trade_count"][goes_on]
        for name, added in (("volume", sizes), ("notional", prices * sizes)):
            # One trade after the other, from what was there: any other order of adding gives other last digits.
            sums = np.where(goes_on, known[name], 0.0)
            np.add.at(sums, piece, added)
            made[name] = sums
        ends = np.append(begins[1:], True)  # last piece of its symbol: it stays open
        closers = known_open & ~goes_on
        closed = np.concatenate([known[closers], made[~ends]])
        closed_row = np.concatenate([row[closers], row[~ends]])
        closed_by = np.concatenate([order[cut[closers]], order[cut[1:][~ends[:-1]]]])
        made["late"] = rows["late"][row]
        rows[row[ends]] = made[ends]
        self._write(closed, closed_row, np.argsort(closed_by), outputs)
        return len(closed)

    def kernel(self) -> FoldRows:
        """Return the compiled form."""
        from processors.folds.minute_bars_kernel import fold_minutes  # numba is imported where a kernel runs

        def fold(rows: Rows, index: Index, values: Values, outputs: Rows) -> int:
            return int(fold_minutes(rows, index, *values, outputs))

        return fold

    @staticmethod
    def _write(closed: Rows, closed_row: Index, order: npt.NDArray[np.int64], outputs: Rows) -> None:
        closed, room = closed[order], outputs[: len(closed)]
        room["row"] = closed_row[order]
        room["window_start"] = closed["minute"] * MINUTE_US
        for name in ("open", "high", "low", "close", "volume", "trade_count"):
            room[name] = closed[name]
        room["vwap"] = closed["notional"] / closed["volume"]
