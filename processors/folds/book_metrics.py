"""One record of what is known at a tick, and why the rest is not."""

from __future__ import annotations

from math import ceil, isfinite
from typing import Any

import numpy as np

from infra.microstructure_settings import MicrostructureSettings
from processors.anomaly_model import AnomalyModel
from processors.calc.isolation_forest import anomaly_scores
from processors.calc.liquidity_grade import liquidity_grade
from processors.calc.quote_stuffing import StuffingRule, is_stuffed
from processors.calc.volume_clock import vpin
from processors.calc.windows import SECOND_US
from processors.folds.book_seconds import counts_before
from processors.folds.book_window import MODES, BookRow, rolling_imbalance
from processors.folds.signed_flow import DAYS
from schemas.records import BookMetrics, MicrostructureState, Tick

_BOOK_NUMBERS = ("bid_price", "ask_price", "bid_size_5", "ask_size_5", "imbalance_5", "imbalance_10", "pressure", "spread_bps", "microprice")
_FLOW_LATENESS_SECONDS = 2  # a bar may come that much after the tick that closed it


class Judgement:
    """What numbers are judged by.

    Parameters
    ----------
    settings
        Lives, windows and thresholds.
    grace_seconds
        How long after a second its bar closes.
    model
        What finds anomalies, if there is a model.
    """

    def __init__(self, settings: MicrostructureSettings, grace_seconds: float, model: AnomalyModel | None) -> None:
        self.settings = settings
        self.model = model
        self.rolling_us = round(settings.rolling_seconds * SECOND_US)
        self.grade_life_us = round(settings.grade_life_seconds * SECOND_US)
        self.settled_after_seconds = ceil(grace_seconds) + _FLOW_LATENESS_SECONDS
        self.stuffing = StuffingRule(
            settings.stuffing_window_seconds, settings.stuffing_minimum_updates, settings.stuffing_factor, settings.stuffing_history_seconds
        )


def metrics_of(state: MicrostructureState, tick: Tick, newest: BookRow | None, is_fresh: bool, judgement: Judgement) -> BookMetrics:
    """Return the record.

    Parameters
    ----------
    newest
        Newest snapshot before the tick, None without one in a grade's life.
    is_fresh
        Whether its numbers still hold.
    """
    why_no_book = "feed_unfit" if "market.books" in tick.unfit else "no_depth" if newest is None else None if is_fresh else "stale"
    values: dict[str, Any] = {}
    missing: dict[str, str] = {}
    _add_book(values, missing, state, tick, newest, why_no_book, judgement)
    _add_stuffing(values, missing, state, tick, why_no_book, judgement)
    _add_anomaly(values, missing, newest, why_no_book, judgement)
    _add_flow(values, missing, state, tick, judgement.settings)
    flags = [name for name, is_set in (("quote_stuffing", values.get("stuffing")), ("anomaly", values.get("anomaly")),
                                       ("hedging", state.hedge_is_seen)) if is_set]  # fmt: skip
    return BookMetrics(
        symbol=state.symbol, ts_event=tick.ts_event, hedge_shift=state.hedge_shift, hedge_alert_id=state.hedge_alert_id,
        flags=tuple(flags), missing=missing, **values,
    )  # fmt: skip


def _add_book(
    values: dict[str, Any], missing: dict[str, str], state: MicrostructureState, tick: Tick, newest: BookRow | None, why: str | None, by: Judgement
) -> None:
    if newest is not None:
        values |= {
            "mode": MODES[newest.mode], "generation": newest.generation, "sequence": newest.sequence, "taken_at": newest.taken_at,
            "age_ms": max(0, tick.ts_event - newest.changed_at) // 1_000,
        }  # fmt: skip
    if newest is None or why == "feed_unfit":
        missing["grade"] = why or "no_depth"
    else:
        values["grade"] = liquidity_grade(newest.spread_bps, newest.bid_size_5, newest.ask_size_5)
        values["grade_expires_at"] = newest.taken_at + by.grade_life_us
    if newest is None or why is not None:
        missing |= dict.fromkeys((*_BOOK_NUMBERS, "imbalance_3s"), why or "no_depth")
        return
    for name in _BOOK_NUMBERS:
        _put(values, missing, name, getattr(newest, name), "one_sided")
    stood = newest.taken_at > tick.ts_event - 2 * by.rolling_us  # it stands for one length, and the window goes back another
    _put(values, missing, "imbalance_3s", rolling_imbalance(state.books, tick.ts_event, by.rolling_us), "one_sided" if stood else "stale")


def _add_stuffing(values: dict[str, Any], missing: dict[str, str], state: MicrostructureState, tick: Tick, why: str | None, by: Judgement) -> None:
    if why is None and not state.flow:
        why = "no_trades"
    if why is None:
        updates, trades = counts_before(state.seconds, state.trades, tick.ts_event // SECOND_US - by.settled_after_seconds)
        if len(updates) < by.stuffing.window + by.stuffing.minimum_history:
            why = "warming_up"
        elif not np.isfinite(updates).all():
            why = "not_counted"
        else:
            values["update_rate"] = float(updates[-by.stuffing.window :].mean())
            values["stuffing"] = is_stuffed(updates, trades, by.stuffing)
    if why is not None:
        missing |= {"stuffing": why, "update_rate": why}


def _add_anomaly(values: dict[str, Any], missing: dict[str, str], newest: BookRow | None, why: str | None, by: Judgement) -> None:
    model = by.model
    if model is None:
        missing |= {"anomaly": "no_model", "anomaly_score": "no_model"}
        return
    values["anomaly_model"] = model.version
    if newest is not None and why is None:
        row = np.array([[newest.pressure, newest.spread_bps, newest.imbalance_5]])
        if np.isfinite(row).all():
            score = float(anomaly_scores(model.forest, row)[0])
            values |= {"anomaly_score": score, "anomaly": score > model.forest.cut}
            return
        why = "one_sided"
    missing |= dict.fromkeys(("anomaly", "anomaly_score"), why or "no_depth")


def _add_flow(values: dict[str, Any], missing: dict[str, str], state: MicrostructureState, tick: Tick, settings: MicrostructureSettings) -> None:
    unfit = "feed_unfit" if "market.trades" in tick.unfit else "no_trades" if not state.flow else None
    buckets = np.frombuffer(state.buckets)
    values |= {"vpin_buckets": len(buckets), "pin_days": len(state.days) // DAYS.row_size}
    toxicity = vpin(buckets) if len(buckets) >= settings.vpin_buckets and unfit is None else float("nan")
    _put(values, missing, "vpin", toxicity, unfit or "warming_up")
    for name, value in (("kyle_lambda", state.kyle_lambda), ("kyle_explained", state.kyle_explained), ("pin", state.pin)):
        _put(values, missing, name, value if value is not None and (unfit is None or name == "pin") else float("nan"), unfit or "warming_up")


def _put(values: dict[str, Any], missing: dict[str, str], name: str, value: float, why: str) -> None:
    if isfinite(value):
        values[name] = value
    else:
        missing[name] = why
