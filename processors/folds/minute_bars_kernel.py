"""The minute-bar fold as one compiled loop."""

from __future__ import annotations

from typing import Any

from numba import njit

MINUTE_US = 60_000_000


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fold_minutes(rows: Any, index: Any, minutes: Any, price: Any, size: Any, outputs: Any) -> int:
    """Fold trades into ``rows`` in place; write each bar that closed to ``outputs`` and return how many."""
    written = 0
    for i in range(len(index)):
        row = rows[index[i]]
        minute = minutes[i]
        paid = price[i]
        shares = size[i]
        if minute == row.minute:
            if paid > row.high:
                row.high = paid
            elif paid < row.low:
                row.low = paid
            row.close = paid
            row.volume += shares
            row.notional += paid * shares
            row.trade_count += 1
            continue
        if minute < row.minute:
            row.late += 1
            continue
        if row.trade_count > 0:
            bar = outputs[written]
            bar.row = index[i]
            bar.window_start = row.minute * MINUTE_US
            bar.open = row.open
            bar.high = row.high
            bar.low = row.low
            bar.close = row.close
            bar.volume = row.volume
            bar.vwap = row.notional / row.volume
            bar.trade_count = row.trade_count
            written += 1
        row.minute = minute
        row.open = paid
        row.high = paid
        row.low = paid
        row.close = paid
        row.volume = shares
        row.notional = paid * shares
        row.trade_count = 1
    return written
