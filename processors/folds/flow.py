"""The flow fold of one underlying: option trades wait for a tick, slower records change the memory at once, a tick says what it all means.

::

    option trade ───────────► pending ┐ tick T: trades before T are taken, in the order of their times
    alerts, prints, premium,          ├──► sums of day, minutes, five minutes ──► one FlowMetrics
    levels, disclosures, news ► memory┘

At a tick nothing is written unless something came, or a minute is full and the symbol still lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.flow_settings import FlowSettings
from processors.fold import Output
from processors.folds import option_trades
from processors.folds.flow_day import MINUTE_US, day_of, rolled
from processors.folds.flow_metrics import flow_metrics
from processors.folds.flow_records import FlowRecord, take_record
from processors.folds.flow_rows import OPTIONS
from processors.folds.flow_trades import take_trades
from schemas.record import Record
from schemas.records import DepthMetrics, FlowMemory, FlowState, OptionTrade, Tick

METRICS = "derived.flow-metrics"
TRADES = "options.trades"
Rows = tuple[npt.NDArray[Any], ...]


class FlowFold:
    """Options flow, off-exchange prints, disclosures and news to `FlowMetrics`.

    Parameters
    ----------
    settings
        What counts as large, one-sided, unusual.
    """

    state_type: type[FlowState] = FlowState

    def __init__(self, settings: FlowSettings) -> None:
        self._settings = settings
        self._idle_us = settings.idle_minutes * MINUTE_US

    def initial(self, key: str) -> FlowState:
        """Return the state of a symbol that was never seen."""
        return FlowState(symbol=key, memory=FlowMemory())

    def step(self, state: FlowState, topic: str, record: Record) -> tuple[FlowState, Sequence[Output]]:
        """Fold one record; only ticks have outputs.

        Raises
        ------
        Permanent
            For what can never be used: sizes and prices out of range, times before 2005, records of other topics.
        """
        if isinstance(record, OptionTrade):
            option_trades.check(record)
            return replace(state, pending=state.pending + OPTIONS.pack(*option_trades.row_of(record))), ()
        if isinstance(record, Tick):
            return (state, ()) if record.ts_event <= state.last_tick else self._tick(state, record)
        if isinstance(record, FlowRecord):
            memory = take_record(state.memory, topic, record, self._settings)
            if memory is state.memory:
                return state, ()
            # Books change many times a second: by themselves they are no reason to write.
            return replace(state, memory=memory, changed=state.changed or not isinstance(record, DepthMetrics)), ()
        raise Permanent(f"{topic}: expected a record of options flow or a tick, found a {type(record).__name__}")

    def columns_of(self, topic: str) -> Sequence[str]:
        """Return the fields it reads of option trades."""
        return option_trades.FIELDS if topic == TRADES else ()

    def pack(self, topic: str, columns: Any) -> Rows:
        """Return option trades as rows of what waits for a tick."""
        return (option_trades.pack(columns),)

    def acceptable(self, topic: str, values: Rows) -> npt.NDArray[np.bool_]:
        """Tell which of them `step` would not refuse."""
        return option_trades.acceptable(values[0])

    def step_columns(self, state: FlowState, topic: str, values: Rows) -> tuple[FlowState, Sequence[Output]]:
        """Fold option trades of one symbol, in offset order."""
        return replace(state, pending=state.pending + values[0].tobytes()), ()

    def wants_tick(self, state: FlowState, tick: Tick) -> bool:
        """Tell whether something waits, or a minute is full."""
        return bool(state.pending) or state.changed or self._minute_is_due(state, tick)

    def _minute_is_due(self, state: FlowState, tick: Tick) -> bool:
        return tick.ts_event % MINUTE_US == 0 and tick.ts_event - state.last_input <= self._idle_us

    def _tick(self, state: FlowState, tick: Tick) -> tuple[FlowState, Sequence[Output]]:
        due, waiting = OPTIONS.part(state.pending, tick.ts_event)
        memory = state.memory
        day, days = rolled(memory.day, memory.days, day_of(tick.ts_event))
        if day is not memory.day:
            memory = replace(memory, day=day, days=days)
        if due:
            memory = take_trades(memory, OPTIONS.unpack(due), self._settings)
        changed = bool(due) or state.changed
        last_input = tick.ts_event if changed else state.last_input
        fresh = FlowState(symbol=state.symbol, pending=waiting, changed=False, last_tick=tick.ts_event, last_input=last_input, memory=memory)
        if not changed and not self._minute_is_due(state, tick):
            return fresh, ()  # what waits may be of a later time: a worker that catches up reads trades ahead of their ticks
        return fresh, (Output(METRICS, flow_metrics(state.symbol, memory, tick, self._settings)),)
