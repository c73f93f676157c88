"""`tapewire replay`: the folds offline, with one tick a market second."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.cli import replay
from infra.settings import Settings
from infra.vendorsim.market_events import TapeEvent
from infra.vendorsim.scenario import Scenario


class Thinned:
    """A market source that tells only a few minutes."""

    def __init__(self, scenario: Scenario, minutes: int) -> None:
        self._scenario, self._end = scenario, scenario.span_ms[0] + minutes * 60_000
        self.symbols = scenario.symbols

    @property
    def span_ms(self) -> tuple[int, int]:
        return self._scenario.span_ms[0], self._end

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        return self._scenario.symbol_events(symbol, start_ms, min(end_ms, self._end))


def test_two_replays_are_equal() -> None:
    """SCH-01."""
    source = Thinned(Scenario(date(2025, 6, 18), 3), 12)
    runs = [replay.play(source, Settings(), ("ACRX", "SPY"), "09:15") for _ in range(2)]
    assert runs[0].records == runs[1].records
    assert {bar.symbol for bar in runs[0].of("derived.bars")} == {"ACRX", "SPY"}
    assert {"derived.bars", "derived.features", "derived.regimes", "views"} <= set(runs[0].records)


def run(*arguments: str) -> str:
    app = typer.Typer()
    replay.register(app)
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def tape(folder: Path) -> Path:
    import pandas as pd

    moments = pd.to_datetime([f"2020-04-15 14:0{minute}:10" for minute in range(5)][::-1]).as_unit("ns")
    frame = pd.DataFrame({"bar_end_ts": moments, "close": [2.7, 2.69, 2.68, 2.7, 2.71], "volume": [100, 200, 300, 400, 500]})
    path = folder / "BCRX_2020-04-15_dib.parquet"
    frame.to_parquet(path)
    return path


def test_a_tape_is_listed_for_machines(tmp_path: Path) -> None:
    document = json.loads(run("--tape", str(tape(tmp_path)), "--json"))
    assert document["trades"] == 5
    assert document["bars"] == {"D1": 1, "H1": 1, "M1": 5, "M15": 1, "M2": 3, "M5": 1, "S1": 5}
    assert (document["derived.boxes"], document["setups.events"]) == ([], [])


def test_a_tape_is_listed_for_people(tmp_path: Path) -> None:
    text = run("--tape", str(tape(tmp_path)))
    assert "Setups" in text and "BCRX" in text and "No quotes on this tape" in text


def test_a_tape_or_a_scenario_is_asked_for() -> None:
    with pytest.raises(replay.ConfigurationError, match="found neither"):
        run()
    with pytest.raises(replay.ConfigurationError, match="found both"):
        run("--tape", "x.parquet", "--scenario", "7")
