"""Every question the Flow page asks ClickHouse; each is bounded by time and by rows."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from dataclasses import dataclass

from dashboards.history import History
from dashboards.queries import HOUR_US, SINCE, UNTIL
from schemas.records import DarkpoolPrint, FlowAlert, FlowMetrics, InsiderTrade, SymbolEvent

DAY_US = 24 * HOUR_US
_MOST = 400


@dataclass(frozen=True, slots=True)
class FlowMinute:
    """The newest numbers of a minute; US dollars, null where unknown."""

    ts_event: int
    net_premium_usd: float | None
    vendor_net_premium_usd: float | None
    underlying_price: float | None


@dataclass(frozen=True, slots=True)
class DarkpoolLevel:
    """Off-exchange prints near one price."""

    price: float
    premium: float
    net_premium: float
    prints: int


def flow_symbols(history: History, now_us: int) -> tuple[str, ...]:
    """Return the symbols with flow in the last day, most option premium first."""
    found = history.rows(
        f"""
        SELECT symbol FROM derived_flow_metrics WHERE ts_event >= {SINCE} AND ts_event <= {UNTIL}
        GROUP BY symbol ORDER BY max(ifNull(call_premium_usd, 0) + ifNull(put_premium_usd, 0)) DESC, symbol LIMIT 200
        """,
        {"since": now_us - DAY_US, "until": now_us},
    )
    return tuple(row[0] for row in found)


def flow_now(history: History, symbol: str, now_us: int) -> FlowMetrics | None:
    """Return the newest numbers of a symbol, of the last day."""
    found = history.records(
        FlowMetrics,
        f"""
        FROM derived_flow_metrics_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND ts_event <= {UNTIL}
        ORDER BY ts_event DESC LIMIT 1
        """,
        {"symbol": symbol, "since": now_us - DAY_US, "until": now_us},
    )
    return found[0] if found else None


def flow_minutes(history: History, symbol: str, since_us: int, until_us: int) -> tuple[FlowMinute, ...]:
    """Return the newest numbers of each minute, oldest first."""
    found = history.rows(
        f"""
        SELECT toUnixTimestamp64Micro(max(ts_event)), argMax(tuple(net_premium_usd), ts_event).1, argMax(tuple(vendor_net_premium_usd), ts_event).1,
               argMax(tuple(underlying_price), ts_event).1
        FROM derived_flow_metrics WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND ts_event <= {UNTIL}
        GROUP BY toStartOfMinute(ts_event) ORDER BY 1 LIMIT 1500
        """,
        {"symbol": symbol, "since": since_us, "until": until_us},
    )
    return tuple(FlowMinute(*row) for row in found)


def flow_alerts(history: History, symbol: str, since_us: int, least_usd: float) -> tuple[FlowAlert, ...]:
    """Return the flow alerts of a symbol from a premium on, largest first; of one told over REST and the stream, what the stream told."""
    return history.records(
        FlowAlert,
        f"""
        FROM options_flow_alerts_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND total_premium >= {{least:Float64}}
        ORDER BY total_premium DESC, vendor_alert_id IS NULL, ts_event LIMIT 1 BY alert_id LIMIT {_MOST}
        """,
        {"symbol": symbol, "since": since_us, "least": least_usd},
    )


def darkpool_prints(history: History, symbol: str, since_us: int, least_usd: float) -> tuple[DarkpoolPrint, ...]:
    """Return the off-exchange prints of a symbol from a premium on, largest first."""
    return history.records(
        DarkpoolPrint,
        f"""
        FROM darkpool_prints_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND premium >= {{least:Float64}} AND NOT canceled
        ORDER BY premium DESC LIMIT {_MOST}
        """,
        {"symbol": symbol, "since": since_us, "least": least_usd},
    )


def darkpool_levels(history: History, symbol: str, since_us: int, count: int = 6) -> tuple[DarkpoolLevel, ...]:
    """Return the prices with most dollars off exchange; prints within a twentieth of a percent are one level, its price their weighted mean."""
    found = history.rows(
        f"""
        SELECT sum(premium * price) / sum(premium), sum(premium),
               sum(multiIf(bid IS NULL OR ask IS NULL OR ask < bid, 0, 2 * price > bid + ask + 0.000001, premium,
                           2 * price < bid + ask - 0.000001, -premium, 0)), count()
        FROM darkpool_prints_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} AND NOT canceled
        GROUP BY round(log(price) * 2000) ORDER BY 2 DESC LIMIT {{count:UInt32}}
        """,
        {"symbol": symbol, "since": since_us, "count": count},
    )
    return tuple(DarkpoolLevel(*row) for row in found)


def symbol_events(history: History, symbol: str, since_us: int) -> tuple[SymbolEvent, ...]:
    """Return disclosures and headlines of a symbol, newest first."""
    return history.records(
        SymbolEvent,
        f"FROM derived_symbol_events_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} ORDER BY ts_event DESC LIMIT 60",
        {"symbol": symbol, "since": since_us},
    )


def insider_trades(history: History, symbol: str, since_us: int) -> tuple[InsiderTrade, ...]:
    """Return the filed transactions of insiders, newest first."""
    return history.records(
        InsiderTrade,
        f"FROM reference_insider_trades_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} ORDER BY ts_event DESC LIMIT 60",
        {"symbol": symbol, "since": since_us},
    )
