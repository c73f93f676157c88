"""Views of one symbol, made by hand, to walk strategies through their lives."""

from __future__ import annotations

from typing import Any

from schemas.records import Box, BoxState, Features, MarketView, Resolution, Session
from tests.support.market_replay import OPEN, SECOND, SYMBOL

LOW, HIGH, ATR = 10.0, 10.2, 0.1


def view(seconds: int, price: float | None = None, **changes: Any) -> MarketView:
    """Make a view some seconds after the open at which one price traded, with a fresh quote around it."""
    around = price or 10.1
    values: dict[str, Any] = {
        "symbol": SYMBOL, "ts_event": OPEN + seconds * SECOND, "session": Session.REGULAR, "last_price": around,
        "interval_high": price, "interval_low": price, "interval_volume": 0.0 if price is None else 100.0, "day_volume": 1e6,
        "bid_price": around - 0.01, "ask_price": around + 0.01, "spread_bps": 0.02 / around * 10_000, "vwap_distance_bps": 12.0,
        "features_1m": features(seconds),
    }  # fmt: skip
    return MarketView(**{**values, **changes})


def features(seconds: int, **changes: Any) -> Features:
    """Make the newest one-minute features at that second."""
    end = OPEN + seconds // 60 * 60 * SECOND
    values: dict[str, Any] = {
        "symbol": SYMBOL, "resolution": Resolution.M1, "window_end": end, "ts_event": end, "bar_count": 60, "close": 10.1,
        "atr_wilder_14": ATR, "relative_volume": 2.3, "range_bps": 80.0, "day_high": 11.0, "day_low": 9.0,
    }  # fmt: skip
    return Features(**{**values, **changes})


def box(seconds: int, state: BoxState = BoxState.EXTENDED, **changes: Any) -> Box:
    """Make a one-minute box from 10.0 to 10.2 that said this at that second."""
    values: dict[str, Any] = {
        "symbol": SYMBOL, "box_id": "box-1", "resolution": Resolution.M1, "state": state, "ts_event": OPEN + seconds * SECOND,
        "window_start": OPEN - 600 * SECOND, "window_end": OPEN, "bar_count": 10, "high": HIGH, "low": LOW, "range_bps": 200.0,
        "range_to_atr": 2.0, "compression_ratio": 0.5, "mean_volume": 100.0, "touches_high": 3, "touches_low": 3,
    }  # fmt: skip
    return Box(**{**values, **changes})
