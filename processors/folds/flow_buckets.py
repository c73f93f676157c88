"""Stretches of five minutes that a score is measured with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from infra.clock import MICROSECONDS
from infra.flow_settings import FlowSettings
from processors.folds.flow_day import MINUTE_US
from processors.folds.flow_rows import BUCKETS, columns
from processors.folds.flow_trades import BUCKET_US

_RECENT_US = 60 * MINUTE_US  # a score of longer ago says nothing of now


def closed_buckets(data: bytes, tick_us: int, settings: FlowSettings) -> npt.NDArray[np.void]:
    """Return those that were over before the tick, with their grace, oldest first."""
    rows = columns(BUCKETS, data)
    closed: npt.NDArray[np.void] = rows[rows["start"] + BUCKET_US + round(settings.grace_seconds * MICROSECONDS) <= tick_us]
    return closed


def is_recent(rows: npt.NDArray[np.void], tick_us: int) -> bool:
    """Tell whether the newest of them ended within the hour before the tick."""
    return tick_us - (int(rows["start"][-1]) + BUCKET_US) <= _RECENT_US
