"""`tapewire status --watch`: rates are differences over real seconds, a restart gives none, the table shows every unit."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from infra.cli.status_watch import RateWindow, document, render, watch_status
from infra.local.stack_state import ProcessStatus, StackState, UnitStatus, read_state


def state(moment: float, *, pid: int = 11, records_in: int = 0, cpu_seconds: float = 0.0, alive: bool = True) -> StackState:
    units = (
        UnitStatus("stage.market", True, alive, "4 partitions", 0.8, 12, 340, records_in, records_in // 2),
        UnitStatus("ticks", False, True, "waiting for the first heartbeat"),
    )
    processes = [
        ProcessStatus("kafka", "ready", 7, 400_000_000, 0, None, "", 3.0),
        ProcessStatus("topics", "done", None, 0, 0, None, ""),
        ProcessStatus("market", "ready", pid, 312_000_000, 2, 0.8, "", cpu_seconds, None, 9100, units),
    ]
    return StackState("demo", 1, True, 0, {}, processes, moment)


def shown(window: RateWindow, last: StackState) -> str:
    console = Console(file=io.StringIO(), width=170)
    console.print(render(last, window.rates()))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_rates_are_differences_a_real_second() -> None:
    window = RateWindow(5.0)
    assert window.add(state(100.0, records_in=1_000, cpu_seconds=10.0))
    assert window.rates().units == {}
    assert not window.add(state(100.0, records_in=1_000, cpu_seconds=10.0)), "the same state read twice is no news"
    assert window.add(state(102.0, records_in=3_000, cpu_seconds=11.0))
    rates = window.rates()
    assert rates.units["stage.market"].records_in == 1_000.0
    assert rates.units["stage.market"].records_out == 500.0
    assert rates.processor["market"] == 0.5


def test_only_the_last_seconds_count() -> None:
    window = RateWindow(5.0)
    for second, records in enumerate((0, 100, 200, 300, 400, 500, 600, 5_600)):
        window.add(state(100.0 + second, records_in=records))
    assert window.rates().units["stage.market"].records_in == (5_600 - 200) / 5


def test_a_restarted_process_has_no_rate_yet() -> None:
    window = RateWindow(5.0)
    window.add(state(100.0, records_in=1_000))
    window.add(state(101.0, pid=12, records_in=10))
    assert "market" not in window.rates().processor and not window.rates().units


def test_the_table_shows_processes_and_their_units() -> None:
    window = RateWindow()
    window.add(state(100.0))
    last = state(101.0, records_in=2_500, cpu_seconds=0.4)
    window.add(last)
    text = shown(window, last)
    market = next(line for line in text.splitlines() if line.startswith(" market"))
    assert market.split()[1:] == ["●", "ready", "2", "312", "40%"]
    unit = next(line for line in text.splitlines() if "stage.market" in line)
    assert unit.split() == ["stage.market", "●", "ready", "0.8", "12", "2,500", "1,250", "340", "4", "partitions"]
    assert "waiting for the first heartbeat" in text and "topics" not in text
    assert "712" in text.splitlines()[-1]


def test_a_unit_that_stands_still_is_called_stalled() -> None:
    assert "● stalled" in shown(RateWindow(), state(1.0, alive=False))


def test_machines_get_a_line_for_every_new_state(capsys: pytest.CaptureFixture[str]) -> None:
    states = [state(1.0), state(1.0), state(2.0, records_in=10), None]
    watch_status(lambda: states.pop(0), as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 2
    unit = lines[1]["processes"][2]["units"][0]
    assert (unit["name"], unit["in_per_second"], unit["lag_records"]) == ("stage.market", 10.0, 12)
    assert document(state(1.0), RateWindow().rates())["is_ready"]


def test_a_state_comes_back_from_its_file(tmp_path: Path) -> None:
    written = state(5.0, records_in=7)
    written.write(tmp_path / "state.json")
    assert read_state(tmp_path / "state.json") == written
    assert replace(written, moment=6.0) != written
