"""Option sweeps that wait until it can be told whether the book answered them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from infra.microstructure_settings import MicrostructureSettings
from processors.calc.hedge_response import hedge_direction, hedge_response
from processors.calc.windows import SECOND_US
from processors.folds.book_seconds import imbalances
from schemas.records import FlowAlert, SeenSweep

_MOST_WAITING = 8
_SETTLED_SECONDS = 2  # a snapshot may come that much after its moment


class Judged(NamedTuple):
    """The newest sweep that could be judged."""

    alert_id: str
    shift: float
    is_hedge: bool


def with_sweep(waiting: Sequence[SeenSweep], alert: FlowAlert, settings: MicrostructureSettings) -> tuple[SeenSweep, ...] | None:
    """Add an alert if it is a sweep large enough whose side is known; None if it is not, or is known already."""
    if not alert.has_sweep or alert.total_premium < settings.hedge_minimum_premium_usd or any(each.alert_id == alert.alert_id for each in waiting):
        return None
    direction = hedge_direction(alert.right, alert.ask_side_premium, alert.bid_side_premium)
    if direction == 0:
        return None
    sweep = SeenSweep(alert_id=alert.alert_id, ts_event=alert.ts_event, direction=direction)
    return tuple(sorted((*waiting, sweep), key=lambda each: (each.ts_event, each.alert_id)))[-_MOST_WAITING:]


def due_us(sweep: SeenSweep, settings: MicrostructureSettings) -> int:
    """Return when a sweep can be judged."""
    return sweep.ts_event + (settings.hedge_window_seconds + _SETTLED_SECONDS) * SECOND_US


def judge(sweep: SeenSweep, seconds: bytes, settings: MicrostructureSettings) -> Judged | None:
    """Judge a sweep that is due; None where too little of the book is known around it."""
    moment = sweep.ts_event // SECOND_US
    window = settings.hedge_window_seconds
    found = hedge_response(imbalances(seconds, moment - window, moment), imbalances(seconds, moment + 1, moment + 1 + window), sweep.direction)
    if found is None:
        return None
    is_hedge = found.shift >= settings.hedge_minimum_shift and found.deviations >= settings.hedge_minimum_deviations
    return Judged(sweep.alert_id, found.shift, is_hedge)
