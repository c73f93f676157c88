"""Minute bars that the fake TWS has of the past: out of the prints of a stock of the scenario, of four moments a minute of all else."""

from __future__ import annotations

from infra.vendorsim.market_events import MINUTE_MS, minute_bar
from infra.vendorsim.tws.book_source import BookSource
from infra.vendorsim.tws.listings import Listed

_MOMENTS_MS = (0, 20_000, 40_000, 59_000)


def past_bars(books: BookSource, each: Listed, count: int, now_ms: int) -> list[tuple[object, ...]]:
    """Return the newest bars as message 17 has them: start in seconds, open, high, low, close, volume, average, trades; the last one grows."""
    first_ms = (now_ms // MINUTE_MS - count + 1) * MINUTE_MS
    rows = (_row(books, each, start_ms, min(start_ms + MINUTE_MS, now_ms)) for start_ms in range(first_ms, now_ms, MINUTE_MS))
    return [row for row in rows if row is not None]


def _row(books: BookSource, each: Listed, start_ms: int, end_ms: int) -> tuple[object, ...] | None:
    if each.security_type == "STK":
        trades = list(books.trades(each, start_ms, end_ms))
        bar = minute_bar(start_ms, trades) if trades else None
        if bar is None:
            return None
        return start_ms // 1_000, bar.open, bar.high, bar.low, bar.close, bar.volume, round(bar.notional / bar.volume, 6), bar.trade_count
    levels = [books.level1(each, moment) for moment in (start_ms + offset for offset in _MOMENTS_MS) if moment < end_ms]
    prices = [level.last_price for level in levels if level is not None]
    if not prices:
        return None
    return start_ms // 1_000, prices[0], max(prices), min(prices), prices[-1], -1, -1, -1
