"""What a symbol's memory means at a tick: one `FlowMetrics`, each number or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from infra.clock import MICROSECONDS
from infra.flow_settings import FlowSettings
from processors.folds.flow_afternoon import afternoon_numbers
from processors.folds.flow_day import day_of
from processors.folds.flow_disclosed import disclosed_numbers
from processors.folds.flow_numbers import Numbers
from processors.folds.flow_off_exchange import off_exchange_numbers
from processors.folds.flow_options import option_numbers
from schemas.records import FlowMemory, FlowMetrics, Tick

FORMULA_VERSION = 1
Part = Callable[[Numbers, FlowMemory, int, FlowSettings], None]
_PARTS: tuple[Part, ...] = (option_numbers, off_exchange_numbers, afternoon_numbers, disclosed_numbers)
INPUTS = (
    "options.trades", "options.flow-alerts", "options.net-premium", "darkpool.prints", "market.price-levels", "reference.insider-trades",
    "derived.symbol-events", "derived.depth",
)  # fmt: skip


def flow_metrics(symbol: str, memory: FlowMemory, tick: Tick, settings: FlowSettings) -> FlowMetrics:
    """Return the numbers of a symbol at a tick."""
    numbers = Numbers()
    for part in _PARTS:
        part(numbers, memory, tick.ts_event, settings)
    values: dict[str, Any] = numbers.values
    return FlowMetrics(
        symbol=symbol,
        ts_event=tick.ts_event,
        formula_version=FORMULA_VERSION,
        session_date=day_of(tick.ts_event),
        flags=tuple(numbers.flags),
        missing=numbers.missing,
        ages_seconds=_ages(memory, tick.ts_event),
        unfit={topic: why for topic, why in tick.unfit.items() if topic in INPUTS},
        **values,
    )


def _ages(memory: FlowMemory, tick_us: int) -> Mapping[str, float]:
    newest = {**memory.seen, "options.trades": memory.newest_trade} if memory.newest_trade else memory.seen
    return {topic: (tick_us - newest[topic]) / MICROSECONDS for topic in sorted(newest)}
