"""Candles of a stock as the vendor's bars. Its regular session and what lies before and after come in one list."""

from __future__ import annotations

from collections.abc import Iterator

from infra.clock import MICROSECONDS
from producers.unusual_whales.answer import SOURCE, Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import Misfit, above_zero, count
from producers.unusual_whales.models.rest_market import OhlcCandleSizeRow
from schemas.records import Bar, Resolution

_RESOLUTIONS = {"1m": (Resolution.M1, 60), "5m": (Resolution.M5, 300), "15m": (Resolution.M15, 900), "1h": (Resolution.H1, 3_600)}


@endpoint("ohlc_candle_size", model=OhlcCandleSizeRow, topic="market.bars")
def candle(row: OhlcCandleSizeRow, answer: Answer) -> Iterator[Bar]:
    """{"open":"56.79","high":"56.79","low":"56.79","close":"56.79","start_time":"2023-09-07T20:10:00+00:00","volume":29812,...}; no growing one."""
    size = answer.parameters.get("candle_size", "")
    if size not in _RESOLUTIONS:
        return  # no resolution of ours: it stays in raw.payloads
    resolution, seconds = _RESOLUTIONS[size]
    start_us = answer.happened(row.start_time, "start_time")
    end_us = start_us + seconds * MICROSECONDS
    if end_us > answer.stamps.published_us:
        return
    first, high = above_zero(row.open, "open"), above_zero(row.high, "high")
    low, last = above_zero(row.low, "low"), above_zero(row.close, "close")
    if not low <= min(first, last) <= max(first, last) <= high:
        raise Misfit("high", "a high and a low around open and close", high)
    yield Bar(
        symbol=answer.ticker,
        resolution=resolution,
        window_start=start_us,
        window_end=end_us,
        open=first,
        high=high,
        low=low,
        close=last,
        volume=float(count(row.volume, "volume")),
        source=SOURCE,
        ts_event=end_us,
        ts_received=answer.stamps.received_us,
        ts_published=answer.stamps.published_us,
    )
