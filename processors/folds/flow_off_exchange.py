"""Numbers from off-exchange prints, volume by price, flow alerts and the order book."""

from __future__ import annotations

import numpy as np

from infra.clock import MICROSECONDS
from infra.flow_settings import FlowSettings
from processors.calc.flow_divergence import diverges, off_exchange_divergence, price_gap_bps
from processors.calc.flow_joins import agreement, confirmed
from processors.calc.flow_scores import standard_score, stands_out
from processors.calc.flow_sides import unknown_share
from processors.folds.flow_buckets import closed_buckets, is_recent
from processors.folds.flow_day import MINUTE_US, day_of
from processors.folds.flow_numbers import Numbers
from processors.folds.flow_options import NO_TRADES
from processors.folds.flow_rows import ALERTS, LEVELS, MINUTES, PRINTS, columns
from schemas.records import FlowMemory

_HOUR_US = 60 * MINUTE_US
_ANSWER_US = 2 * MICROSECONDS  # the rows of one answer are published within it


def off_exchange_numbers(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    """Put in what is traded off exchange, and what confirms what."""
    _levels(numbers, memory, tick_us, settings)
    _prints(numbers, memory, tick_us, settings)
    _alerts(numbers, memory, tick_us, settings)
    _book(numbers, memory, tick_us, settings)


def _levels(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    names = ("off_exchange_share", "off_exchange_divergence", "off_exchange_gap_bps")
    answers = [row for row in LEVELS.unpack(memory.levels) if row.ts_received + _ANSWER_US <= tick_us]
    if not answers or day_of(answers[-1].ts_received) != day_of(tick_us):
        numbers.lack("no_price_levels", *names)
        return
    newest = answers[-1]
    difference = off_exchange_divergence(newest.off_exchange, newest.lit)
    numbers.put("off_exchange_divergence", difference, "no_volume")
    numbers.put("off_exchange_share", unknown_share(newest.off_exchange, newest.off_exchange + newest.lit), "no_volume")
    gap = price_gap_bps(newest.off_exchange_notional, newest.off_exchange, newest.lit_notional, newest.lit)
    numbers.put("off_exchange_gap_bps", gap, "no_volume")
    numbers.flag("off_exchange_divergence", diverges(difference, settings.divergence_above))


def _prints(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    day = memory.day
    if day is None or not day.dark_prints:
        numbers.lack("no_prints", "darkpool_premium_usd", "darkpool_net_usd", "darkpool_unknown_side_share")
    else:
        numbers.put("darkpool_premium_usd", day.dark_usd, "no_prints")
        numbers.put("darkpool_net_usd", day.dark_net_usd, "no_prints")
        numbers.put("darkpool_unknown_side_share", unknown_share(day.dark_unknown_usd, day.dark_usd), "no_prints")
    buckets = closed_buckets(memory.buckets, tick_us, settings)
    with_prints = buckets[buckets["dark"] > 0]
    if not len(with_prints) or not is_recent(with_prints, tick_us):
        numbers.lack("no_prints", "darkpool_score")
        return
    net = np.ascontiguousarray(with_prints["dark_net"])
    score = standard_score(float(net[-1]), net[:-1], settings.score_least_buckets)
    numbers.put("darkpool_score", score, "warming_up" if len(net) <= settings.score_least_buckets else "flat")
    unusual = stands_out(score, settings.score_above)
    numbers.flag("darkpool_accumulation", unusual and score is not None and score > 0)
    numbers.flag("darkpool_distribution", unusual and score is not None and score < 0)


def _alerts(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    newest = memory.seen.get("options.flow-alerts")
    if newest is None or day_of(newest) != day_of(tick_us):
        numbers.lack("no_alerts", "sweeps_60m", "sweep_premium_60m_usd", "sweep_net_premium_60m_usd", "darkpool_confirmations_60m")
        return
    alerts = columns(ALERTS, memory.alerts)
    recent = alerts[(alerts["ts_event"] > tick_us - _HOUR_US) & (alerts["ts_event"] <= tick_us)]
    large = recent[(recent["is_sweep"] == 1) & (recent["premium"] > settings.sweep_above_usd)]
    calls = float(large["premium"][large["is_call"] == 1].sum())
    premium = float(large["premium"].sum())
    numbers.put("sweeps_60m", len(large), "no_alerts")
    numbers.put("sweep_premium_60m_usd", premium, "no_alerts")
    numbers.put("sweep_net_premium_60m_usd", 2 * calls - premium, "no_alerts")
    numbers.flag("large_sweeps", len(large) > 0)
    if "darkpool.prints" not in memory.seen:
        numbers.lack("no_prints", "darkpool_confirmations_60m")
        return
    prints = columns(PRINTS, memory.prints)
    prints = prints[prints["ts_event"] <= tick_us]
    found = confirmed(recent["ts_event"], recent["direction"], prints["ts_event"], prints["direction"], settings.confirm_seconds * MICROSECONDS)
    numbers.put("darkpool_confirmations_60m", int(found.sum()), "no_alerts")
    numbers.flag("darkpool_confirms_flow", bool(found.any()))


def _book(numbers: Numbers, memory: FlowMemory, tick_us: int, settings: FlowSettings) -> None:
    moment, tolerance = memory.seen.get("derived.depth"), settings.book_seconds * MICROSECONDS
    if moment is None or memory.book_imbalance is None:
        numbers.lack("no_depth", "book_imbalance", "flow_book_agreement")
        return
    if tick_us - moment > tolerance:
        numbers.lack("stale_depth", "book_imbalance", "flow_book_agreement")
        return
    numbers.put("book_imbalance", memory.book_imbalance, "no_depth")
    if not memory.newest_trade or not memory.minutes:
        numbers.lack(NO_TRADES, "flow_book_agreement")
        return
    newest = MINUTES.last(memory.minutes)
    agrees = agreement(newest.net_calls - newest.net_puts, memory.book_imbalance, moment - memory.newest_trade, tolerance)
    numbers.put("flow_book_agreement", agrees, "not_at_the_same_time")
