"""`tapewire calc boxes`: boxes, near misses and setups of captured tapes, for people, for machines and as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from infra.cli.calculations import boxes
from infra.errors import ConfigurationError
from tests.unit.test_compression_boxes import box_tape, minute


def run(*arguments: str) -> str:
    app = typer.Typer()
    boxes.register(app)
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run-up, ten minutes between 9.95 and 10.05, and a break."""
    prints = [*box_tape(), *minute(30, 10.0, 10.2, 10.18), *minute(31, 10.1, 10.3)]
    moments = pd.to_datetime([item.ts_event for item in prints], unit="us").as_unit("ns")
    frame = pd.DataFrame({"bar_end_ts": moments, "close": [item.price for item in prints], "volume": [int(item.size) for item in prints]})
    path = tmp_path_factory.mktemp("tapes") / "BCRX_2025-06-18_dib.parquet"
    frame.sort_values("bar_end_ts", ascending=False, kind="stable").to_parquet(path)
    return path


def test_it_lists_boxes_near_misses_and_setups(tape: Path, tmp_path: Path) -> None:
    (found,) = json.loads(run(str(tape), "--json"))["files"]
    (box,) = [item for item in found["boxes"] if item["resolution"] == "M1"]
    assert (box["low"], box["high"], box["state"], box["bar_count"]) == (9.95, 10.05, "BROKEN_UP", 10)
    assert {item["state"] for item in found["setups"]} >= {"ARMED"}
    assert all(item["near_miss"] and item["shortfall"] is not None for item in found["near_misses"])
    plot = tmp_path / "boxes.html"
    text = run(str(tape), "--plot", str(plot))
    assert "prints, 1 boxes" in text and "near misses" in text and "setups" in text
    assert "box 1m" in plot.read_text() and "BCRX, 1 minute" in plot.read_text()


def test_a_file_it_does_not_understand_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "prices.txt"
    other.write_text("1,2,3\n")
    with pytest.raises(ConfigurationError, match=r"expected a tape called .*found prices.txt"):
        run(str(other))
    with pytest.raises(ConfigurationError, match="found no file"):
        run(str(tmp_path / "missing.parquet"))
