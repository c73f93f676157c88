"""What the Market and Findings pages ask ClickHouse; bounded by time and rows like `dashboards.queries`."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dashboards.history import History
from dashboards.queries import HOUR_US, MINUTE_US, SINCE, UNTIL
from schemas.records import CalendarEvent, Finding, MacroGauge, PositionState, Regime

_EVENTS_BEFORE_US = 2 * HOUR_US
_EVENTS_AFTER_US = 48 * HOUR_US


@dataclass(frozen=True, slots=True)
class Traded:
    """What one symbol did since a moment, by its 5-minute bars.

    Attributes
    ----------
    first_open, last_close
        US dollars.
    volume
        Shares.
    above_vwap
        Whether the close lies above the session's VWAP; None without one.
    """

    symbol: str
    first_open: float
    last_close: float
    volume: float
    newest_end: int
    above_vwap: bool | None

    @property
    def change_percent(self) -> float:
        """From the first open to the last close."""
        return (self.last_close / self.first_open - 1.0) * 100.0


@dataclass(frozen=True, slots=True)
class Gauge:
    """The newest value of one gauge of the market.

    Attributes
    ----------
    day
        Date of observation as ``YYYY-MM-DD``.
    value
        In its own unit.
    rank
        Share of earlier values below it, 0 to 1; None without one.
    label
        The regime it stands for; empty for a gauge without one.
    """

    day: str
    value: float
    rank: float | None = None
    label: str = ""


_GAUGES = {
    "vix": ("vix", "vix_rank", "volatility_regime"),
    "skew": ("risk_reversal_25", "skew_rank", "skew_regime"),
    "yield_10y": ("yield_10y", "NULL", "''"),
    "yield_10y_change": ("yield_10y_change_20d", "NULL", "''"),
    "curve": ("curve_10y_2y", "NULL", "''"),
    "dollar_change": ("dollar_change_20d_percent", "NULL", "''"),
}


def traded_since(history: History, since_us: int) -> tuple[Traded, ...]:
    """Return what each symbol with a 5-minute bar since a moment did, most dollars first."""
    found = history.rows(
        f"""
        SELECT b.symbol, argMin(b.open, b.window_start), argMax(b.close, b.window_start), sum(b.volume) AS shares,
               toUnixTimestamp64Micro(max(b.window_end)), any(f.above)
        FROM derived_bars_latest AS b
        LEFT JOIN (
            SELECT symbol, toNullable(argMax(close, window_end) > assumeNotNull(argMax(session_vwap, window_end))) AS above
            FROM derived_features_latest
            WHERE resolution = 'M5' AND window_end > {SINCE} AND session_vwap IS NOT NULL GROUP BY symbol
        ) AS f ON b.symbol = f.symbol
        WHERE b.resolution = 'M5' AND b.window_start >= {SINCE}
        GROUP BY b.symbol ORDER BY shares * argMax(b.close, b.window_start) DESC LIMIT 12000 SETTINGS join_use_nulls = 1
        """,
        {"since": since_us},
    )
    return tuple(
        Traded(symbol, opened, close, shares, end, None if above is None else bool(above)) for symbol, opened, close, shares, end, above in found
    )


def index_closes(history: History, symbols: Collection[str], since_us: int, until_us: int) -> dict[str, list[tuple[int, float]]]:
    """Return the 5-minute closes of symbols as (end of the window, US dollars), oldest first."""
    found = history.rows(
        f"""
        SELECT symbol, toUnixTimestamp64Micro(window_end), close FROM derived_bars_latest
        WHERE symbol IN {{symbols:Array(String)}} AND resolution = 'M5' AND window_start >= {SINCE} AND window_start < {UNTIL}
        ORDER BY symbol, window_start LIMIT 4000
        """,
        {"symbols": sorted(symbols), "since": since_us, "until": until_us},
    )
    grouped: dict[str, list[tuple[int, float]]] = {}
    for symbol, end, close in found:
        grouped.setdefault(symbol, []).append((end, close))
    return grouped


def newest_regimes(history: History, now_us: int, minutes: int = 15) -> tuple[Regime, ...]:
    """Return the newest regime of each symbol that had one in the last minutes, by symbol."""
    return history.records(
        Regime,
        f"""
        FROM derived_regimes_latest WHERE resolution = 'M1' AND window_end >= {SINCE}
        ORDER BY symbol, window_end DESC LIMIT 1 BY symbol LIMIT 12000
        """,
        {"since": now_us - minutes * MINUTE_US},
    )


def gauges(history: History, now_us: int) -> dict[str, Gauge]:
    """Return the newest value of each gauge of the last 30 days; one that is not there is left out."""
    asked = ", ".join(
        f"argMaxIf(tuple(toString(day), {value}, {rank}, {label}), day, {value} IS NOT NULL), countIf({value} IS NOT NULL)"
        for value, rank, label in _GAUGES.values()
    )
    [row] = history.rows(
        f"SELECT {asked} FROM research_market_gauges WHERE day > toDate32({SINCE}) AND day <= toDate32({UNTIL})",
        {"since": now_us - 30 * 24 * HOUR_US, "until": now_us},
    )
    pairs = zip(_GAUGES, row[::2], row[1::2], strict=True)
    return {name: Gauge(found[0], found[1], found[2], found[3]) for name, found, count in pairs if count}


def live_gauges(history: History, now_us: int) -> dict[str, MacroGauge]:
    """Return the newest value of each gauge that futures told in the last day, by its name (IBK-29)."""
    found = history.records(
        MacroGauge,
        f"FROM derived_macro_gauges_latest WHERE ts_event >= {SINCE} AND ts_event <= {UNTIL} ORDER BY ts_event DESC LIMIT 1 BY gauge",
        {"since": now_us - 24 * HOUR_US, "until": now_us},
    )
    return {record.gauge: record for record in found}


def calendar(history: History, now_us: int) -> tuple[CalendarEvent, ...]:
    """Return the events of the economy around now, merged ones alone where there are any, soonest first."""
    found = history.records(
        CalendarEvent,
        f"""
        FROM reference_calendar_events_latest
        WHERE ts_event >= {SINCE} AND ts_event < {UNTIL} AND symbol IS NULL ORDER BY ts_event, event LIMIT 200
        """,
        {"since": now_us - _EVENTS_BEFORE_US, "until": now_us + _EVENTS_AFTER_US},
    )
    merged = tuple(event for event in found if event.sources)
    return merged or found


def findings(history: History, now_us: int, hours: int) -> tuple[Finding, ...]:
    """Return what the agents noticed in the last hours, newest first."""
    return history.records(
        Finding,
        f"FROM derived_findings_latest WHERE ts_event >= {SINCE} AND ts_event <= {UNTIL} ORDER BY ts_event DESC, agent, symbol LIMIT 2000",
        {"since": now_us - hours * HOUR_US, "until": now_us},
    )


def postures(history: History, now_us: int, hours: int) -> tuple[PositionState, ...]:
    """Return the agents' posture on each symbol they spoke of in the last hours, newest first."""
    return history.records(
        PositionState,
        f"FROM derived_position_states_latest WHERE ts_event >= {SINCE} ORDER BY ts_event DESC, symbol LIMIT 500",
        {"since": now_us - hours * HOUR_US},
    )
