"""LOBSTER files: rows by their place, empty levels, refusals that say what was expected and found; `tapewire calc book` and `depth train` on them."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from typer.testing import CliRunner

from infra.cli import calc, depth
from infra.cli.book_day import read_day
from infra.cli.main import app
from infra.errors import Permanent
from infra.files.lobster import read_lobster
from tests.support.book_tape import write_lobster

MESSAGES = ["34200.1,1,1,100,1000000,1", "34200.1,4,1,60,1000100,-1", "34201.5,5,0,10,1000050,1", "34202.0,7,0,0,-1,-1"]
BOOKS = [
    "1000200,300,1000000,100", "1000100,200,1000000,100", "9999999999,0,1000000,100", "9999999999,0,-9999999999,0",
]  # fmt: skip
DATA = Path(__file__).parents[3] / "shared" / "data" / "l2"


def test_rows_keep_their_place_and_empty_levels_are_none(tmp_path: Path) -> None:
    day = read_lobster(*write_lobster(tmp_path, MESSAGES, BOOKS))
    assert (day.symbol, day.day.isoformat(), day.levels) == ("TOY", "2012-06-21", 1)
    assert day.time_us.tolist()[:2] == [1_340_285_400_100_000] * 2, "09:30:00.1 in New York"
    assert day.kind.tolist() == [1, 4, 5, 7]
    assert day.asks.offsets.tolist() == [0, 1, 2, 2, 2]
    assert day.bids.offsets.tolist() == [0, 1, 2, 3, 3]
    assert day.asks.price.tolist() == pytest.approx([100.02, 100.01])
    assert day.is_trade.tolist() == [False, True, True, False]


def test_a_day_s_numbers(tmp_path: Path) -> None:
    """DEP-05: of rows at the same time each has its own numbers; a side without orders has none."""
    day = read_day(*write_lobster(tmp_path, MESSAGES, BOOKS))
    assert day.imbalance_1 == pytest.approx([-0.5, -1 / 3, np.nan, np.nan], nan_ok=True)
    assert day.imbalance_3s == pytest.approx([np.nan, np.nan, -1 / 3, -1 / 3], nan_ok=True)
    assert day.microprice[:2] == pytest.approx([(100.0 * 300 + 100.02 * 100) / 400, (100.0 * 200 + 100.01 * 100) / 300])
    assert np.isnan(day.imbalance_5).all()
    assert day.grade is None


def test_a_zip_holds_both(tmp_path: Path) -> None:
    paths = write_lobster(tmp_path, MESSAGES, BOOKS)
    together = tmp_path / "sample.zip"
    with ZipFile(together, "w") as archive:
        for path in paths:
            archive.write(path, path.name)
        archive.writestr("ReadMe.txt", "text")
    assert read_lobster(together).time_us.tolist() == read_lobster(*paths).time_us.tolist()
    with ZipFile(together, "w") as archive:
        archive.writestr("ReadMe.txt", "text")
    with pytest.raises(Permanent, match=r"expected one message and one orderbook file, found ReadMe\.txt"):
        read_lobster(together)


@pytest.mark.parametrize(
    ("messages", "books", "expected"),
    [
        (["34200.1,1,1,100,1000000"], BOOKS[:1], "line 1: expected 6 numbers, found 5"),
        (MESSAGES[:2], BOOKS[:1], "expected 2 rows as .* has, found 1"),
        (["34200.1,9,1,100,1000000,1"], BOOKS[:1], "line 1: expected a type from 1 to 7, found 9"),
        ([MESSAGES[2], MESSAGES[0]], BOOKS[:2], "line 2: expected a time of at least 34201.500000 s, found 34200.100000"),
        (["what,is,this,1,2,3"], BOOKS[:1], "expected 6 numbers a line, found: could not convert string 'what'"),
        (MESSAGES[:1], ["1,2,3,4,5,6,7,8"], "orderbook_1.csv, line 1: expected 4 numbers, found 8"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, messages: list[str], books: list[str], expected: str) -> None:
    with pytest.raises(Permanent, match=expected):
        read_lobster(*write_lobster(tmp_path, messages, books))


def test_other_files_are_refused(tmp_path: Path) -> None:
    first, second = write_lobster(tmp_path, MESSAGES, BOOKS)
    with pytest.raises(Permanent, match="expected a LOBSTER file named"):
        read_lobster(second, first)
    with pytest.raises(Permanent, match="expected the orderbook file beside"):
        read_lobster(first)
    other = second.rename(second.with_name(second.name.replace("TOY", "OTHER")))
    with pytest.raises(Permanent, match="expected message and orderbook of one symbol"):
        read_lobster(first, other)


def _run(*arguments: str) -> str:
    calc.register(app)
    depth.register(app)
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_calc_book_prints_the_day(tmp_path: Path) -> None:
    first, second = write_lobster(tmp_path, MESSAGES, BOOKS)
    plot = tmp_path / "day.html"
    told = json.loads(_run("calc", "book", str(first), str(second), "--json", "--rows", "--plot", str(plot)))
    assert (told["symbol"], told["messages"], told["executions"], told["shares"]) == ("TOY", 4, 2, 70.0)
    assert told["rows"]["imbalance_1"] == [-0.5, pytest.approx(-1 / 3), None, None]
    assert told["kyle_lambda"] is None, "too few intervals is not 0"
    assert told["numbers"]["spread_bps"]["missing"] == 2
    assert "plotly" in plot.read_text()[:20_000].lower()
    assert "Kyle's lambda" in _run("calc", "book", str(first), str(second))


@pytest.mark.realdata
def test_a_model_is_trained_on_a_file_and_used_on_it(tmp_path: Path) -> None:
    """DEP-06: the model's papers say what it was trained on; the share it flags is the one it was told."""
    source = DATA / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
    if not source.exists():
        pytest.skip(f"captured data are not on this machine: {source}")
    model = tmp_path / "model.npz"
    papers = json.loads(_run("depth", "train", str(model), "--book", str(source), "--trees", "20", "--json"))
    assert papers == json.loads(_run("depth", "show", str(model), "--json"))
    assert (papers["rows"], papers["trained_on"], len(papers["data_sha256"])) == (155_935, "LOBSTER AMZN 2012-06-21", 64)
    day = read_day(source, None, model)
    assert day.anomaly is not None
    assert day.anomaly.mean() == pytest.approx(0.01, abs=0.002)
