"""Numbers of the hours before the close: cumulative delta, asymmetry, and the predicted imbalance of the closing auction."""

from __future__ import annotations

import numpy as np

from infra.flow_settings import FlowSettings
from processors.calc.flow_close import predict_close
from processors.calc.flow_premium import asymmetry
from processors.calc.flow_sides import unknown_share
from processors.folds.flow_day import afternoon, day_of
from processors.folds.flow_numbers import Numbers
from processors.folds.flow_options import NO_TRADES
from processors.folds.flow_rows import AFTERNOON, columns
from schemas.records import FlowMemory

_PREDICTED = ("close_imbalance_usd", "close_imbalance_confidence", "close_expected_move_percent")
_ALL = ("cumulative_delta_usd", "vendor_cumulative_delta_shares", "afternoon_asymmetry", *_PREDICTED)


def afternoon_numbers(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    """Put in what the afternoon's option trades say, from the window's start to the close."""
    day, times = memory.day, afternoon(day_of(tick_us))
    if times is None or not times.start < tick_us <= times.close:
        numbers.lack("outside_window", *_ALL)
        return
    told = day is not None and day.vendor_delta_minutes > 0
    numbers.put("vendor_cumulative_delta_shares", day.vendor_delta if day is not None and told else None, "no_vendor_premium")
    minutes = columns(AFTERNOON, b"" if day is None else day.afternoon)
    if not len(minutes):
        numbers.lack(NO_TRADES, "cumulative_delta_usd", "afternoon_asymmetry", *_PREDICTED)
        return
    calls, puts = float(minutes["calls"].sum()), float(minutes["puts"].sum())
    numbers.put("afternoon_asymmetry", asymmetry(calls, puts), "no_premium")
    with_delta = minutes[minutes["with_delta"] > 0]
    if not len(with_delta):
        numbers.lack("no_delta", "cumulative_delta_usd", *_PREDICTED)  # an index tells no price of the underlying
        return
    deltas = np.ascontiguousarray(with_delta["delta"])
    numbers.put("cumulative_delta_usd", float(deltas.sum()), "no_delta")
    unknown = unknown_share(float(minutes["unknown"].sum()), calls + puts) or 0.0
    predicted = predict_close(deltas, unknown, settings.act_above)
    if predicted is None:
        numbers.lack("warming_up", *_PREDICTED)
        return
    numbers.put("close_imbalance_usd", predicted.size_usd, "warming_up")
    numbers.put("close_imbalance_confidence", predicted.direction * predicted.confidence, "warming_up")
    numbers.put("close_expected_move_percent", predicted.expected_move_percent, "below_threshold")
    numbers.flag("close_imbalance", predicted.expected_move_percent is not None)
