"""The live table of `tapewire status --watch`: processes, their units, lag, rates, memory and processor time."""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infra.local.stack_state import ProcessStatus, StackState, UnitStatus
from infra.palette import ATTENTION, DOWN, MUTED, UP

_POLL_SECONDS = 0.2
_WINDOW_SECONDS = 5.0  # rates are averages over so long
_MISSING = "–"
_STATES = {"ready": ("●", UP), "done": ("✓", UP), "starting": ("◌", ATTENTION), "waiting": ("◌", MUTED), "stopped": ("○", MUTED)}


@dataclass(frozen=True, slots=True)
class UnitRates:
    """Records a real second."""

    records_in: float
    records_out: float


@dataclass(frozen=True, slots=True)
class Rates:
    """What changed over the last seconds: by unit, and the share of one processor by process."""

    units: dict[str, UnitRates] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class RateWindow:
    """Remembers the states of some seconds and tells the differences."""

    seconds: float = _WINDOW_SECONDS
    _states: deque[StackState] = field(default_factory=deque)

    def add(self, state: StackState) -> bool:
        """Take in a state; False when it is the one before, read again."""
        if self._states and state.moment == self._states[-1].moment:
            return False
        self._states.append(state)
        while state.moment - self._states[0].moment > self.seconds and len(self._states) > 2:
            self._states.popleft()
        return True

    def rates(self) -> Rates:
        """Return the rates; a process that was restarted in between has none yet."""
        if len(self._states) < 2:
            return Rates()
        first, last = self._states[0], self._states[-1]
        elapsed = last.moment - first.moment
        before = {process.name: process for process in first.processes}
        rates = Rates()
        for process in last.processes:
            old = before.get(process.name)
            if old is None or old.pid != process.pid or elapsed <= 0:
                continue
            rates.processor[process.name] = max(process.cpu_seconds - old.cpu_seconds, 0.0) / elapsed
            units = {unit.name: unit for unit in old.units}
            for unit in process.units:
                if (known := units.get(unit.name)) is not None:
                    rates.units[unit.name] = UnitRates(
                        (unit.records_in - known.records_in) / elapsed, (unit.records_out - known.records_out) / elapsed
                    )
        return rates


def watch_status(read: Callable[[], StackState | None], *, as_json: bool = False) -> None:
    """Show the stack until it ends or the user does.

    Parameters
    ----------
    read
        Gives the state as last written; None once the stack is not up.
    as_json
        Print a JSON line for every new state.
    """
    window = RateWindow()
    with contextlib.suppress(KeyboardInterrupt):
        if as_json:
            for state in _states(read, window):
                print(json.dumps(document(state, window.rates())), flush=True)
            return
        with Live(console=Console(), auto_refresh=False, screen=False) as live:
            for state in _states(read, window):
                live.update(render(state, window.rates()), refresh=True)


def _states(read: Callable[[], StackState | None], window: RateWindow) -> Iterator[StackState]:
    while (state := read()) is not None:
        if window.add(state):
            yield state
        time.sleep(_POLL_SECONDS)


def document(state: StackState, rates: Rates) -> dict[str, object]:
    """Return the state with its rates, for machines."""
    processes = []
    for process in state.processes:
        row: dict[str, object] = {**asdict(process), "cpu_share": rates.processor.get(process.name)}
        row["units"] = [
            {**asdict(unit), "in_per_second": known.records_in if known else None, "out_per_second": known.records_out if known else None}
            for unit in process.units
            for known in [rates.units.get(unit.name)]
        ]
        processes.append(row)
    return {"name": state.name, "is_ready": state.is_ready, "processes": processes}


def render(state: StackState, rates: Rates) -> RenderableType:
    """Return the screen."""
    table = Table(box=None, padding=(0, 1), title=_title(state), title_justify="left", header_style=MUTED)
    for column in ("process", "state"):
        table.add_column(column, no_wrap=True)
    for column in ("lag s", "lag rec", "in/s", "out/s", "in flight", "restarts", "MB", "CPU"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    for process in state.processes:
        if process.state == "done":
            continue
        _add_process(table, process, rates)
        for unit in process.units:
            _add_unit(table, unit, rates.units.get(unit.name))
    _add_total(table, state, rates)
    return table


def _title(state: StackState) -> Text:
    ready = ("ready", f"bold {UP}") if state.is_ready else ("not ready", f"bold {DOWN}")
    return Text.assemble(("TAPEWIRE ", "bold"), state.name, "  ", ready)


def _add_process(table: Table, process: ProcessStatus, rates: Rates) -> None:
    dot, colour = _STATES.get(process.state, ("●", DOWN))
    share = rates.processor.get(process.name)
    table.add_row(
        Text(process.name, "bold"),
        Text(f"{dot} {process.state}", colour),
        *[""] * 5,
        Text(str(process.restarts), DOWN if process.restarts else MUTED),
        f"{process.memory_bytes / 1e6:,.0f}" if process.pid else _MISSING,
        _MISSING if share is None else f"{share:.0%}",
        Text(process.detail if not process.units else "", MUTED),
    )


def _add_unit(table: Table, unit: UnitStatus, rates: UnitRates | None) -> None:
    state = ("● stalled", DOWN) if not unit.alive else ("● ready", UP) if unit.ready else ("◌ not ready", ATTENTION)
    table.add_row(
        Text(f"  {unit.name}"),
        Text(*state),
        _MISSING if unit.lag_seconds is None else f"{unit.lag_seconds:,.1f}",
        _MISSING if unit.lag_records is None else f"{unit.lag_records:,}",
        _MISSING if rates is None else f"{rates.records_in:,.0f}",
        _MISSING if rates is None else f"{rates.records_out:,.0f}",
        _MISSING if unit.in_flight is None else f"{unit.in_flight:,}",
        *[""] * 3,
        Text(unit.detail, MUTED),
    )


def _add_total(table: Table, state: StackState, rates: Rates) -> None:
    table.add_section()
    memory = sum(process.memory_bytes for process in state.processes) / 1e6
    table.add_row(
        Text("total", MUTED), *[""] * 6, str(sum(process.restarts for process in state.processes)), f"{memory:,.0f}",
        f"{sum(rates.processor.values()):.0%}" if rates.processor else _MISSING, "",
    )  # fmt: skip
