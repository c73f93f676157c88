"""Questions about order books; each is bounded by time and reads the newest row of a symbol."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from dataclasses import dataclass

from dashboards.history import History
from dashboards.queries import MINUTE_US, SINCE, UNTIL
from schemas.records import BookMetrics, DepthMode

_LONGEST_AGE_US = 60 * MINUTE_US  # older books are not looked for


@dataclass(frozen=True, slots=True)
class Ladder:
    """The newest snapshot of a book: its levels, best first, as (US dollars, shares).

    Attributes
    ----------
    taken_at
        When the book stood like this, microseconds UTC.
    """

    taken_at: int
    mode: DepthMode
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


def newest_ladder(history: History, symbol: str, now_us: int, levels: int) -> Ladder | None:
    """Return the top levels of the newest book of the last hour, None without one (DEP-04)."""
    found = history.rows(
        f"""
        SELECT toUnixTimestamp64Micro(ts_event) + age_ms * 1000 AS taken_at, mode,
               arraySlice(bids.price, 1, {{levels:UInt8}}), arraySlice(bids.size, 1, {{levels:UInt8}}),
               arraySlice(asks.price, 1, {{levels:UInt8}}), arraySlice(asks.size, 1, {{levels:UInt8}})
        FROM market_books_latest
        WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND ts_event < {UNTIL}
        ORDER BY generation DESC, sequence DESC LIMIT 1
        """,
        {"symbol": symbol, "since": now_us - _LONGEST_AGE_US, "until": now_us + 1, "levels": levels},
    )
    if not found:
        return None
    [(taken_at, mode, *sides)] = found
    bids, asks = (tuple(zip(price, size, strict=True)) for price, size in (sides[:2], sides[2:]))
    return Ladder(int(taken_at), DepthMode(mode), bids, asks)


def newest_metrics(history: History, symbol: str, now_us: int) -> BookMetrics | None:
    """Return what was said last of a symbol's book in the last hour, None if nothing was."""
    found = history.records(
        BookMetrics,
        f"""
        FROM derived_book_metrics_latest
        WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND ts_event < {UNTIL}
        ORDER BY derived_book_metrics_latest.ts_event DESC LIMIT 1
        """,
        {"symbol": symbol, "since": now_us - _LONGEST_AGE_US, "until": now_us + 1},
    )
    return found[0] if found else None
