"""Every question the pages ask ClickHouse. Each is bounded by time and by rows and reads the newest version of each row."""

# ruff: noqa: S608  names in the SQL are our own, every value is a bound parameter
from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields

from dashboards.history import History, columns_of, record_of
from dashboards.rows import FeedNow, LiveSetup, SparkBar, SymbolNow
from infra.clock import MICROSECONDS
from schemas.records import Bar, Box, Features, FeedHeartbeat, Resolution, Session, SetupEvent, SignalRefusal

MINUTE_US = 60 * MICROSECONDS
HOUR_US = 60 * MINUTE_US

SETUP_HORIZON_US = 6 * HOUR_US  # longer than the lives of all states of a setup together
_SYMBOL_NUMBERS = tuple(entry.name for entry in fields(SymbolNow) if entry.name not in ("symbol", "ts_event", "session", "flags"))
SINCE = "fromUnixTimestamp64Micro({since:Int64}, 'UTC')"
UNTIL = "fromUnixTimestamp64Micro({until:Int64}, 'UTC')"


def feeds(history: History, now_us: int) -> tuple[FeedNow, ...]:
    """Return every feed that gave a sign of life in the last hours, by name."""
    found = history.records(
        FeedHeartbeat,
        f"FROM ops_heartbeats_latest WHERE ts_published >= {SINCE} ORDER BY feed, ts_published DESC LIMIT 2 BY feed LIMIT 64",
        {"since": now_us - 6 * HOUR_US},
    )
    newest: dict[str, FeedNow] = {}
    for heartbeat in found:
        if (known := newest.get(heartbeat.feed)) is None:
            newest[heartbeat.feed] = FeedNow(heartbeat, None)
        else:
            newest[heartbeat.feed] = FeedNow(known.heartbeat, _rate(heartbeat, known.heartbeat))
    return tuple(newest.values())


def newest_view_moment(history: History, now_us: int) -> int | None:
    """Return the moment of the newest view of any symbol in the last hour: what the decisions saw last."""
    [(moment, found)] = history.rows(
        f"SELECT toUnixTimestamp64Micro(max(ts_event)), count() FROM views WHERE ts_event >= {SINCE}",
        {"since": now_us - HOUR_US},
    )
    return int(moment) if found else None


def live_setups(history: History, now_us: int, symbol: str | None = None) -> tuple[LiveSetup, ...]:
    """Return the setups of the last hours as they stand, newest change of state first."""
    found = history.rows(
        f"""
        SELECT {columns_of(SetupEvent)},
               toUnixTimestamp64Micro(min(ts_event) OVER (PARTITION BY setup_id)),
               toUnixTimestamp64Micro(min(ts_event) OVER (PARTITION BY setup_id, state)),
               argMin(stop_price, sequence) OVER (PARTITION BY setup_id, state)
        FROM setups_events_latest
        WHERE ts_event >= {SINCE} {"" if symbol is None else "AND symbol = {symbol:String}"}
        ORDER BY sequence DESC LIMIT 1 BY setup_id LIMIT 300
        """,
        {"since": now_us - SETUP_HORIZON_US, "symbol": symbol or ""},
    )
    setups = [LiveSetup(record_of(SetupEvent, row[:-3]), row[-3], row[-2], row[-1]) for row in found]
    return tuple(sorted(setups, key=lambda setup: (-setup.state_since, setup.event.symbol, setup.event.setup_id)))


def setup_events(history: History, setup_id: str, since_us: int) -> tuple[SetupEvent, ...]:
    """Return all events of one setup, oldest first."""
    return history.records(
        SetupEvent,
        f"FROM setups_events_latest WHERE setup_id = {{setup:String}} AND ts_event >= {SINCE} ORDER BY sequence LIMIT 100",
        {"setup": setup_id, "since": since_us},
    )


def refusals(history: History, now_us: int, limit: int = 8) -> tuple[SignalRefusal, ...]:
    """Return the newest refusals; one that repeats tick after tick counts once."""
    return history.records(
        SignalRefusal,
        f"""
        FROM signals_refusals_latest WHERE ts_event >= {SINCE} AND strategy != 'box-scan' -- whose near misses have their own table
        ORDER BY ts_event DESC LIMIT 1 BY candidate_id, gate LIMIT {{limit:UInt32}}
        """,
        {"since": now_us - 6 * HOUR_US, "limit": limit},
    )


def symbols_now(history: History, now_us: int, symbols: Collection[str]) -> dict[str, SymbolNow]:
    """Return the newest view of each symbol, by symbol; one without a view in the last hour is left out."""
    if not symbols:
        return {}
    found = history.rows(
        f"""
        SELECT symbol, toUnixTimestamp64Micro(ts_event), session, flags, {", ".join(_SYMBOL_NUMBERS)}
        FROM views_latest
        WHERE (symbol, ts_event) IN (
            -- the newest moment is the same whether repeats are merged or not, and two key columns are quick to read
            SELECT symbol, max(ts_event) FROM views WHERE symbol IN {{symbols:Array(String)}} AND ts_event >= {SINCE} GROUP BY symbol
        )
        LIMIT 300
        """,
        {"symbols": sorted(symbols), "since": now_us - HOUR_US},
    )
    return {
        row[0]: SymbolNow(
            symbol=row[0],
            ts_event=row[1],
            session=Session(row[2]),
            flags=tuple(row[3]),
            **dict(zip(_SYMBOL_NUMBERS, row[4:], strict=True)),
        )
        for row in found
    }


def sparklines(history: History, now_us: int, symbols: Collection[str], minutes: int = 60) -> dict[str, tuple[SparkBar, ...]]:
    """Return the last minutes of each symbol, oldest first."""
    if not symbols:
        return {}
    found = history.rows(
        f"""
        SELECT symbol, toUnixTimestamp64Micro(window_start), toUnixTimestamp64Micro(window_end), high, low, close
        FROM derived_bars_latest
        WHERE symbol IN {{symbols:Array(String)}} AND resolution = 'M1' AND window_start >= {SINCE}
        ORDER BY symbol, window_start LIMIT 12000
        """,
        {"symbols": sorted(symbols), "since": now_us - minutes * MINUTE_US},
    )
    lines: dict[str, list[SparkBar]] = {}
    for symbol, *bar in found:
        lines.setdefault(symbol, []).append(SparkBar(*bar))
    return {symbol: tuple(bars) for symbol, bars in lines.items()}


def box_spans(history: History, symbols: Collection[str], box_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return the start and end of boxes by box id; repeats change neither."""
    if not box_ids:
        return {}
    found = history.rows(
        """
        SELECT box_id, toUnixTimestamp64Micro(min(window_start)), toUnixTimestamp64Micro(max(window_end)) FROM derived_boxes
        WHERE symbol IN {symbols:Array(String)} AND box_id IN {boxes:Array(String)} GROUP BY box_id LIMIT 400
        """,
        {"symbols": sorted(symbols), "boxes": sorted(box_ids)},
    )
    return {row[0]: (row[1], row[2]) for row in found}


def active_symbols(history: History, now_us: int) -> tuple[str, ...]:
    """Return the symbols that traded in the last hours, most dollars first."""
    found = history.rows(
        f"""
        SELECT symbol FROM derived_bars_latest WHERE resolution = 'M5' AND window_start >= {SINCE}
        GROUP BY symbol ORDER BY sum(volume * close) DESC, symbol LIMIT 200
        """,
        {"since": now_us - 12 * HOUR_US},
    )
    return tuple(row[0] for row in found)


def bars(history: History, symbol: str, resolution: Resolution, since_us: int, until_us: int) -> tuple[Bar, ...]:
    """Return our own bars of a symbol, oldest first; of more than 480 the newest."""
    found = history.records(
        Bar,
        f"""
        FROM derived_bars_latest
        WHERE symbol = {{symbol:String}} AND resolution = {{resolution:String}}
          AND window_start >= {SINCE} AND window_start < {UNTIL}
        ORDER BY window_start DESC LIMIT 480
        """,
        {"symbol": symbol, "resolution": resolution.value, "since": since_us, "until": until_us},
    )
    return tuple(reversed(found))


def features(history: History, symbol: str, resolutions: Collection[Resolution], since_us: int, limit: int) -> dict[Resolution, tuple[Features, ...]]:
    """Return the newest features of a symbol by resolution, oldest first."""
    found = history.records(
        Features,
        f"""
        FROM derived_features_latest
        WHERE symbol = {{symbol:String}} AND resolution IN {{resolutions:Array(String)}} AND window_end >= {SINCE}
        ORDER BY window_end DESC LIMIT {{limit:UInt32}} BY resolution LIMIT 4000
        """,
        {"symbol": symbol, "resolutions": [entry.value for entry in resolutions], "since": since_us, "limit": limit},
    )
    grouped: dict[Resolution, list[Features]] = {}
    for entry in reversed(found):
        grouped.setdefault(entry.resolution, []).append(entry)
    return {resolution: tuple(entries) for resolution, entries in grouped.items()}


def boxes(history: History, symbol: str, since_us: int) -> tuple[Box, ...]:
    """Return the boxes of a symbol as they ended or stand, oldest first."""
    found = history.records(
        Box,
        f"FROM derived_boxes_latest WHERE symbol = {{symbol:String}} AND ts_event >= {SINCE} ORDER BY ts_event DESC LIMIT 1 BY box_id LIMIT 60",
        {"symbol": symbol, "since": since_us},
    )
    return tuple(reversed(found))


def _rate(earlier: FeedHeartbeat, later: FeedHeartbeat) -> float | None:
    seconds = (later.ts_published - earlier.ts_published) / MICROSECONDS
    grown = later.records_published - earlier.records_published
    return grown / seconds if seconds > 0 and grown >= 0 else None
