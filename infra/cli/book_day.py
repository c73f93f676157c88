"""The numbers of a day of LOBSTER messages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.files.lobster import Levels, LobsterDay, read_lobster
from infra.settings import Settings
from processors.anomaly_model import read_model
from processors.calc.book_pressure import pressure
from processors.calc.depth import BookNumbers, BookSides, book_numbers, imbalance, top_size
from processors.calc.isolation_forest import Forest, anomaly_scores
from processors.calc.liquidity_grade import liquidity_grade
from processors.calc.price_impact import Impact, price_impact
from processors.calc.quote_stuffing import StuffingRule, is_stuffed
from processors.calc.rolling_mean import time_weighted_mean
from processors.calc.volume_clock import Bucket, pour

_SECOND_US = 1_000_000
_HISTORY_SECONDS = 180
_CHUNK = 8_192

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BookDay:
    """One entry a message, NaN where a number is not known; what is by bucket or second says so.

    Attributes
    ----------
    imbalance_1, imbalance_5, imbalance_10
        Over so many levels; NaN where the file has fewer.
    imbalance_3s
        Rolling, over five levels or as many as the file has; every change is in the file, so a book stands until the next message.
    grade
        A, B, C or D; None where the file has fewer than five levels.
    vpin, vpin_at, vpin_buckets
        Value and time in microseconds UTC at the close of each bucket from the first that has enough before it, and over how many buckets.
    impact
        Line of the mid price's changes on signed executions, by intervals; None if there are too few.
    stuffed
        By second from the first to the last message.
    anomaly
        None without a model.
    """

    source: LobsterDay
    spread_bps: Floats
    imbalance_1: Floats
    imbalance_5: Floats
    imbalance_10: Floats
    imbalance_3s: Floats
    pressure: Floats
    microprice: Floats
    grade: npt.NDArray[np.str_] | None
    vpin: Floats
    vpin_at: npt.NDArray[np.int64]
    vpin_buckets: int
    bucket_size: float
    impact: Impact | None
    stuffed: npt.NDArray[np.bool_]
    anomaly: npt.NDArray[np.bool_] | None
    model_version: str | None


def read_day(messages: Path, orderbook: Path | None = None, model: Path | None = None) -> BookDay:
    """Read the files and compute; the product's own functions, with the product's own settings.

    Raises
    ------
    infra.errors.Permanent
        If a file is not understood.
    """
    day = read_lobster(messages, orderbook)
    settings = Settings().microstructure
    bids, asks = _sides(day.bids), _sides(day.asks)
    numbers = book_numbers(bids, asks)
    pressed = pressure(bids, asks)
    best = imbalance(top_size(bids, 1), top_size(asks, 1))
    few, nothing = numbers.imbalance_5, np.full(len(best), np.nan)
    day_us = int(day.time_us[-1] - day.time_us[0]) + 1
    rolling = time_weighted_mean(day.time_us, few, day.time_us, round(settings.rolling_seconds * _SECOND_US), life=day_us)
    vpin, vpin_at, vpin_buckets, bucket_size = _toxicity(day, settings.vpin_buckets_a_day, settings.vpin_buckets)
    rule = StuffingRule(
        settings.stuffing_window_seconds, settings.stuffing_minimum_updates, settings.stuffing_factor, settings.stuffing_history_seconds
    )
    known = None if model is None else read_model(model)
    if known is not None and day.levels < 5:
        raise Permanent(f"{messages}: expected at least five levels to look for anomalies in, found {day.levels}")
    features = np.column_stack((pressed, numbers.spread_bps, numbers.imbalance_5))
    return BookDay(
        day, numbers.spread_bps, best, few if day.levels >= 5 else nothing, numbers.imbalance_10 if day.levels >= 10 else nothing, rolling, pressed,
        numbers.microprice, _grades(numbers) if day.levels >= 5 else None, vpin, vpin_at, vpin_buckets, bucket_size,
        _impact(day, (numbers.bid_price + numbers.ask_price) / 2, settings.impact_interval_seconds), _stuffed(day, rule),
        None if known is None else _anomalies(known.forest, features), None if known is None else known.version,
    )  # fmt: skip


def _grades(numbers: BookNumbers) -> npt.NDArray[np.str_]:
    columns = (numbers.spread_bps, numbers.bid_size_5, numbers.ask_size_5)
    return np.array([liquidity_grade(*row).value for row in zip(*(column.tolist() for column in columns), strict=True)])


def _sides(levels: Levels) -> BookSides:
    return BookSides(levels.offsets, levels.price, levels.size)


def _toxicity(day: LobsterDay, buckets_a_day: int, buckets: int) -> tuple[Floats, npt.NDArray[np.int64], int, float]:
    trades = np.flatnonzero(day.is_trade)
    size = float(day.size[trades].sum()) / buckets_a_day
    if not size > 0:
        return np.zeros(0), np.zeros(0, np.int64), 0, 0.0
    bucket, imbalances, closed_at = Bucket(0.0, 0.0), list[float](), list[int]()
    for at, volume, side in zip(day.time_us[trades].tolist(), day.size[trades].tolist(), day.side[trades].tolist(), strict=True):
        bucket, closed = pour(bucket, volume, 1.0 if side < 0 else 0.0, size, buckets)
        imbalances += closed
        closed_at += [at] * len(closed)
    length = min(buckets, max(1, len(imbalances) // 2))  # a day has as many buckets as the mean is over: half of them, so that it is a line
    sums = np.concatenate(([0.0], np.cumsum(imbalances)))
    return (sums[length:] - sums[:-length]) / length, np.array(closed_at[length - 1 :], np.int64), length, size


def _impact(day: LobsterDay, mid: Floats, interval_seconds: int) -> Impact | None:
    interval = day.time_us // (interval_seconds * _SECOND_US)
    ends = np.append(np.flatnonzero(np.diff(interval)), len(interval) - 1)
    signed = np.where(day.is_trade, -day.side * day.size, 0.0)
    sums = np.diff(np.concatenate(([0.0], np.cumsum(signed)[ends])))
    closes = mid[ends]
    changes, flows = np.diff(closes), sums[1:]
    known = np.isfinite(changes)
    return price_impact(changes[known], flows[known])


def _stuffed(day: LobsterDay, rule: StuffingRule) -> npt.NDArray[np.bool_]:
    second = day.time_us // _SECOND_US - day.time_us[0] // _SECOND_US
    count = int(second[-1]) + 1
    updates = np.bincount(second, minlength=count).astype(np.float64)
    trades = np.bincount(second[day.is_trade], minlength=count).astype(np.float64)
    found = np.zeros(count, np.bool_)
    for end in range(1, count + 1):
        if updates[max(0, end - rule.window) : end].mean() >= rule.minimum_updates:
            first = max(0, end - _HISTORY_SECONDS)
            found[end - 1] = bool(is_stuffed(updates[first:end], trades[first:end], rule))
    return found


def _anomalies(forest: Forest, features: Floats) -> npt.NDArray[np.bool_]:
    known = np.flatnonzero(np.isfinite(features).all(axis=1))
    found = np.zeros(len(features), np.bool_)
    for first in range(0, len(known), _CHUNK):
        rows = known[first : first + _CHUNK]
        found[rows] = anomaly_scores(forest, features[rows]) > forest.cut
    return found
