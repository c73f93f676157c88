"""What the pages ask of decisions beside the setups: near misses and trend postures. Bounded by time and by rows, newest version of each row."""

from __future__ import annotations

from dashboards.history import History
from dashboards.queries import HOUR_US, SINCE
from schemas.records import SignalRefusal, TrendPosture

POSTURE_HOURS = 6


def near_misses(history: History, now_us: int, limit: int = 6) -> tuple[SignalRefusal, ...]:
    """Return the newest near misses, the nearest value of each symbol and gate; those of a live setup are among the refusals."""
    return history.records(
        SignalRefusal,
        f"""
        FROM signals_refusals_latest WHERE ts_event >= {SINCE} AND near_miss AND strategy = 'box-scan'
        ORDER BY ts_event DESC LIMIT 1 BY symbol, gate LIMIT {{limit:UInt32}}
        """,
        {"since": now_us - HOUR_US, "limit": limit},
    )


def postures(history: History, now_us: int, symbol: str, limit: int = 240) -> tuple[TrendPosture, ...]:
    """Return a symbol's newest postures, oldest first."""
    found = history.records(
        TrendPosture,
        f"FROM postures_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} ORDER BY ts_event DESC LIMIT {{limit:UInt32}}",
        {"symbol": symbol, "since": now_us - POSTURE_HOURS * HOUR_US, "limit": limit},
    )
    return tuple(reversed(found))
