"""Past minute bars of Interactive Brokers, from the client's answer to a payload and from there to `Bar` (ING-47); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import orjson
from pydantic import Field

from infra.clock import MICROSECONDS
from producers.ibkr.events import HistoryBar
from producers.polled_bar import Numbers, minute_window
from producers.source import Stamps
from schemas.records import Bar, Resolution

BARS = "market.bars"


class _Row(Numbers):
    symbol: Annotated[str, Field(min_length=1)]
    start_seconds: Annotated[int, Field(gt=0)]
    average: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None
    trade_count: Annotated[int, Field(gt=0)] | None


def history_body(symbol: str, bars: Sequence[HistoryBar], count: int, now_us: int) -> Iterator[bytes]:
    """Yield the payload with the newest ``count`` bars whose minute is over; none for none."""
    finished = [bar for bar in bars if minute_window(bar.start_seconds * MICROSECONDS)[1] <= now_us][-count:]
    if finished:
        yield orjson.dumps({"bars": [{"symbol": symbol, **bar._asdict()} for bar in finished]})


def past_bar(row: Mapping[str, Any], stamps: Stamps) -> Bar:
    """{"symbol":"SPY","start_seconds":1748966340,"open":597.1,"high":597.3,"low":597.0,"close":597.2,"volume":31200.0,"average":597.15,"trade_count":160}"""
    told = _Row.model_validate(row)
    start_us, end_us = minute_window(told.start_seconds * MICROSECONDS)
    return Bar(
        symbol=told.symbol, resolution=Resolution.M1, window_start=start_us, window_end=end_us, open=told.open, high=told.high, low=told.low,
        close=told.close, volume=told.volume, vwap=told.average, trade_count=told.trade_count, revision=0, source="ibkr", ts_event=end_us,
        ts_received=stamps.received_us, ts_published=stamps.published_us, backfilled=True,
    )  # fmt: skip
