"""What the gamma page asks ClickHouse; bounded by time and by rows."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from dashboards.history import History
from dashboards.queries import HOUR_US, SINCE
from schemas.records import GammaProfile, GammaScore

HORIZON_US = 26 * HOUR_US  # yesterday's close is worth seeing before today's first chain
_SCORE_SESSIONS_US = 100 * 24 * HOUR_US


def gamma_symbols(history: History, now_us: int) -> tuple[str, ...]:
    """Return the underlyings with a profile in the last day, by name."""
    found = history.rows(
        f"SELECT symbol FROM derived_gamma_profiles WHERE ts_event >= {SINCE} GROUP BY symbol ORDER BY symbol LIMIT 500",
        {"since": now_us - HORIZON_US},
    )
    return tuple(row[0] for row in found)


def newest_profile(history: History, symbol: str, now_us: int) -> GammaProfile | None:
    """Return the newest profile of an underlying in the last day."""
    found = history.records(
        GammaProfile,
        f"FROM derived_gamma_profiles_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} ORDER BY ts_event DESC LIMIT 1",
        {"symbol": symbol, "since": now_us - HORIZON_US},
    )
    return found[0] if found else None


def gamma_scores(history: History, symbol: str, now_us: int) -> tuple[GammaScore, ...]:
    """Return the verdicts on the models of the last hundred days, newest first."""
    return history.records(
        GammaScore,
        f"FROM derived_gamma_scores_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} ORDER BY session_date DESC, model LIMIT 300",
        {"symbol": symbol, "since": now_us - _SCORE_SESSIONS_US},
    )
