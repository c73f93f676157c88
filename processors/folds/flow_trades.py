"""Option trades that a tick takes: into the day, the minutes, the stretches of five minutes and the afternoon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

from infra.clock import MICROSECONDS
from infra.flow_settings import FlowSettings
from processors.calc.flow_close import in_window
from processors.calc.flow_premium import PremiumSums
from processors.folds.flow_day import MINUTE_US, afternoon, day_of, rolled
from processors.folds.flow_rows import AFTERNOON, BUCKETS, MINUTES, OptionRow, added, known, remembered
from processors.folds.option_trades import marks_of
from schemas.records import FlowDay, FlowMemory

BUCKET_US = 5 * MINUTE_US
MINUTES_KEPT = 61
AFTERNOON_MINUTES = 120


def take_trades(memory: FlowMemory, rows: Sequence[OptionRow], settings: FlowSettings) -> FlowMemory:
    """Return the memory with trades added, in the order of (time, identity), whatever the order they came in.

    A trade whose id is known counts once; one that was taken back is taken out again. One that comes long after newer ones, and is not
    back-filled, is what a REST poll repeats of the stream: it is counted and left out. So is one of an earlier day.
    """
    seen = known(memory.known_trades)
    fresh: list[int] = []
    day, days = memory.day, memory.days
    sums, trades = _sums_of(day), 0 if day is None else day.trades
    minutes: dict[int, list[float]] = {}
    buckets: dict[int, list[float]] = {}
    window: dict[int, list[float]] = {}
    underlying, late, repeated = memory.underlying_price, memory.late_trades, memory.repeated_trades
    oldest = memory.newest_trade - settings.late_seconds * MICROSECONDS
    for row in sorted(rows):
        is_call, is_canceled, is_backfilled, side = marks_of(row.marks)
        identity = ~row.identity if is_canceled else row.identity  # that it was taken back is remembered under the complement
        if identity in seen:
            repeated += 1
            continue
        if is_canceled and row.identity not in seen:
            continue  # taken back before it was ever counted
        session_date = day_of(row.ts_event)
        if (row.ts_event < oldest and not (is_backfilled or is_canceled)) or (day is not None and session_date < day.session_date):
            late += 1
            continue
        if day is None or session_date > day.session_date:
            day, days = rolled(_with(day, sums, trades, window), days, session_date)
            sums, trades, window = _sums_of(day), day.trades, {}
        seen.add(identity)
        fresh.append(identity)
        weight = -1 if is_canceled else 1
        premium = weight * row.premium
        trades += weight
        sums = sums.plus(premium, is_call, side)
        _add(minutes, row.ts_event - row.ts_event % MINUTE_US, PremiumSums().plus(premium, is_call, side)[:4])
        bullish = premium * side * (1 if is_call else -1)
        large = row.premium >= settings.large_trade_usd
        _add(
            buckets, row.ts_event - row.ts_event % BUCKET_US,
            (bullish, premium, 0.0, 0.0, 0.0, 0.0) if large else (0.0, 0.0, bullish, premium, 0.0, 0.0),
        )  # fmt: skip
        times = afternoon(session_date)
        if times is not None and in_window(row.ts_event, times.start, times.end):
            told = not isnan(row.delta_usd)
            _add(
                window, row.ts_event - row.ts_event % MINUTE_US,
                (weight * row.delta_usd if told else 0.0, premium * is_call, premium * (not is_call), premium * (side == 0), weight * told),
            )  # fmt: skip
        if not isnan(row.underlying):
            underlying = row.underlying
    newest = max((row.ts_event for row in rows), default=0)
    return replace(
        memory,
        day=_with(day, sums, trades, window),
        days=days,
        minutes=added(MINUTES, memory.minutes, minutes, MINUTES_KEPT),
        buckets=added(BUCKETS, memory.buckets, buckets, settings.score_buckets + 1),
        known_trades=remembered(memory.known_trades, fresh, settings.known_trades),
        newest_trade=max(memory.newest_trade, newest),
        underlying_price=underlying,
        late_trades=late,
        repeated_trades=repeated,
    )


def _sums_of(day: FlowDay | None) -> PremiumSums:
    return PremiumSums() if day is None else PremiumSums(day.calls, day.puts, day.net_calls, day.net_puts, day.unknown)


def _with(day: FlowDay | None, sums: PremiumSums, trades: int, window: dict[int, list[float]]) -> FlowDay | None:
    if day is None:
        return None
    return replace(
        day, calls=sums.calls, puts=sums.puts, net_calls=sums.net_calls, net_puts=sums.net_puts, unknown=sums.unknown, trades=trades,
        afternoon=added(AFTERNOON, day.afternoon, window, AFTERNOON_MINUTES),
    )  # fmt: skip


def _add(sums: dict[int, list[float]], start: int, values: Sequence[float]) -> None:
    known_sums = sums.get(start)
    if known_sums is None:
        sums[start] = list(values)
    else:
        for place, value in enumerate(values):
            known_sums[place] += value
