"""The average directional index: how strongly prices have a direction, whichever it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def average_directional_index(high: Any, low: Any, close: Any, length: int) -> float:
    """Return the index at the newest bar, 0 to 100; NaN with fewer than ``2 * length`` bars.

    Source: Wilder, New Concepts in Technical Trading Systems (1978); seeds as TA-Lib's ADX.

    Parameters
    ----------
    high, low, close
        Bars, oldest first, shape (n,).
    length
        Wilder's smoothing, in bars.
    """
    count = len(close)
    if count < 2 * length:
        return np.nan
    up, down, span, total, index = 0.0, 0.0, 0.0, 0.0, 0.0
    strength = 0.0
    for i in range(1, count):
        rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
        up_move = rise if rise > fall and rise > 0.0 else 0.0
        down_move = fall if fall > rise and fall > 0.0 else 0.0
        true_range = max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        if i < length:
            up, down, span = up + up_move, down + down_move, span + true_range
            continue
        up, down, span = up - up / length + up_move, down - down / length + down_move, span - span / length + true_range
        if span > 0.0 and up + down > 0.0:
            strength = 100.0 * abs(up - down) / (up + down)
        if i < 2 * length - 1:
            total += strength
        elif i == 2 * length - 1:
            index = (total + strength) / length
        else:
            index = (index * (length - 1) + strength) / length
    return index
