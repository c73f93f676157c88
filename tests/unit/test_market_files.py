"""Files of prints and bars: each known format is read as it is, everything else is refused with what was expected and found."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from infra.cli import calc
from infra.cli.bars_of_file import bars_of_files
from infra.errors import Permanent
from infra.feature_settings import FeatureSettings
from infra.files.market_file import FileBar, MarketFile, read_market_file
from infra.settings import BarSettings, BoxSettings, Settings
from processors.calc.aggregate import Print
from processors.folds.bars import seconds_of
from processors.folds.whole_tape import bars_and_features
from producers.sip_codes import condition_numbers
from schemas.records import Bar, Features, Resolution
from tests.support.market_replay import OPEN, SYMBOL, Driver, trade

START = round(datetime(2024, 1, 2, 14, 30, tzinfo=UTC).timestamp()) * 1_000_000  # 09:30 New York
MINUTE = 60_000_000


def read(path: Path) -> MarketFile:
    return read_market_file(path, condition_numbers)


def zipped(path: Path, inner: str, text: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, text)
    return path


def packed(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def lean_ticks(folder: Path) -> Path:
    (folder / "abc").mkdir(exist_ok=True)
    return zipped(folder / "abc" / "20240102_trade.zip", "20240102_abc_Trade_Tick.csv", "34200500,50000,100,P,1,0\n34261000,51000,200,P,1,0\n")


def lean_minutes(folder: Path) -> Path:
    rows = "34200000,50000,52000,49000,51000,300\n34260000,51000,51000,50000,50500,100\n"
    return zipped(folder / "20240102_trade.zip", "20240102_abc_minute_trade.csv", rows)


def lean_days(folder: Path) -> Path:
    return zipped(folder / "abc.zip", "abc.csv", "20240102 00:00,50000,52000,49000,51000,300\n20240103 00:00,51000,51000,50000,50500,100\n")


def ibkr_bars(folder: Path) -> Path:
    rows = "date,open,high,low,close,volume,average,barCount\n2024-01-02T09:30:00-05:00,5,5.2,4.9,5.1,300,5.05,7\n"
    return packed(folder / "ABC.csv.gz", rows + "2024-01-02T09:31:00-05:00,5.1,5.1,5,5.05,100.0,,\n")


def yahoo_bars(folder: Path) -> Path:
    rows = "Datetime,Open,High,Low,Close,Volume,Dividends,Stock Splits\n2024-01-02 09:31:00-05:00,5.1,5.1,5,5.05,100,0,0\n"
    return packed(folder / "ABC.csv.gz", rows + "2024-01-02 09:30:00-05:00,5,5.2,4.9,5.1,300,0,0\n")


def alpha_vantage_bars(folder: Path) -> Path:
    def row(*values: str) -> dict[str, str]:
        return dict(zip(("1. open", "2. high", "3. low", "4. close", "5. volume"), values, strict=True))

    series = {"2024-01-02 09:31:00": row("5.1", "5.1", "5", "5.05", "100"), "2024-01-02 09:30:00": row("5", "5.2", "4.9", "5.1", "300")}
    return packed(folder / "x.json.gz", json.dumps({"Meta Data": {"2. Symbol": "ABC"}, "Time Series (1min)": series}))


def polygon_bars(folder: Path) -> Path:
    rows = [{"t": START // 1_000, "o": 5, "h": 5.2, "l": 4.9, "c": 5.1, "v": 300, "vw": 5.05, "n": 7},
            {"t": (START + MINUTE) // 1_000, "o": 5.1, "h": 5.1, "l": 5, "c": 5.05, "v": 100}]  # fmt: skip
    path = folder / "x.json"
    path.write_text(json.dumps({"ticker": "ABC", "results": rows}))
    return path


BAR_FILES = [lean_minutes, ibkr_bars, yahoo_bars, alpha_vantage_bars, polygon_bars]


@pytest.mark.parametrize("make", BAR_FILES, ids=lambda make: make.__name__)
def test_bars_are_read_oldest_first_with_their_windows(make: Callable[[Path], Path], tmp_path: Path) -> None:
    found = read(make(tmp_path))
    assert (found.symbol, found.trades) == ("ABC", ())
    first, second = found.bars
    assert (first.start_us, first.end_us, first.volume) == (START, START + MINUTE, 300)
    assert (first.open, first.high, first.low, first.close) == (5, 5.2, 4.9, 5.1)
    assert (second.start_us, second.close, second.vwap, second.trade_count) == (START + MINUTE, 5.05, None, None)
    assert (first.vwap, first.trade_count) == ((5.05, 7) if make in (ibkr_bars, polygon_bars) else (None, None))


def test_days_begin_at_midnight_in_new_york(tmp_path: Path) -> None:
    found = read(lean_days(tmp_path))
    assert [bar.start_us for bar in found.bars] == [START - 570 * MINUTE, START + 870 * MINUTE]
    (symbol,) = bars_of_files([lean_days(tmp_path)], Settings())
    assert {bar.resolution for bar in symbol.bars} == {Resolution.D1}, "shorter bars cannot be built of days"
    assert [bar.volume for bar in symbol.bars] == [300, 100]


ALPACA = """symbol,timestamp,exchange,price,size,id,conditions,tape
ABC,2024-01-02T14:30:00.500123456Z,P,5.0,100,1,"['@']",C
ABC,2024-01-02T14:30:01Z,P,5.5,20,2,"['@', 'I']",C
"""


def test_tables_of_ticks_keep_conditions_and_order(tmp_path: Path) -> None:
    """BAR-01: the letter of an odd lot becomes the number that says what it may change."""
    path = tmp_path / "ticks.csv"
    path.write_text(ALPACA)
    found = read(path)
    assert [(item.ts_ms, item.price, item.size, item.conditions) for item in found.trades] == [
        (START // 1_000 + 500, 5.0, 100, ()),
        (START // 1_000 + 1_000, 5.5, 20, (37,)),
    ]
    table = tmp_path / "ABC_day.parquet"
    stamps = pd.to_datetime(["2024-01-02T14:30:01", "2024-01-02T14:30:00.5"], utc=True, format="ISO8601")
    pd.DataFrame({"t": stamps, "p": [5.5, 5.0], "s": [20, 100]}).to_parquet(table)
    assert [(item.ts_ms, item.price, item.symbol) for item in read(table).trades] == [
        (START // 1_000 + 500, 5.0, "ABC"),
        (START // 1_000 + 1_000, 5.5, "ABC"),
    ]
    (symbol,) = bars_of_files([path], Settings())
    ((bar, _),) = symbol.of(Resolution.M1)
    assert (bar.close, bar.high, bar.volume, bar.trade_count) == (5.0, 5.0, 120.0, 2), "an odd lot counts in the volume alone"


def test_ticks_of_lean_become_bars(tmp_path: Path) -> None:
    (symbol,) = bars_of_files([lean_ticks(tmp_path)], Settings())
    assert (symbol.symbol, symbol.prints, symbol.finest) == ("ABC", 2, Resolution.S1)
    assert [(bar.window_start, bar.close, bar.volume) for bar, _ in symbol.of(Resolution.M1)] == [(START, 5.0, 100.0), (START + MINUTE, 5.1, 200.0)]


REFUSED = {
    "torn.zip": (b"PK\x03\x04torn", "expected a zip, found a torn one"),
    "empty.csv": (b"", "found an empty file"),
    "notes.txt": (b"dear diary,\n", "line 1: expected LEAN trades"),
    "x.json": (b'{"results": 3}', "expected an answer of Alpha Vantage .* found results"),
    "y.json": (b"{broken", "line 1: expected JSON"),
    "z.parquet": (b"PAR1 and no more", "expected a parquet file"),
    "ABC.csv": (b"timestamp,price,size\n2024-01-02T14:30:00Z,0,5\n", "line 2: expected a print .* not above 0"),
    "ABD.csv": (b"timestamp,price,size\n2024-01-02T14:30:00,1,5\n", "line 2: expected a print .* without an offset"),
    "two.csv": (b"symbol,t,p,s\nA,2024-01-02T14:30:00Z,1,5\nB,2024-01-02T14:30:00Z,1,5\n", "expected prints of one symbol, found A, B"),
    "IB.csv": (b"date,open,high,low,close,volume,average,barCount\n2024-01-02T09:30:00-05:00,x,1,1,1,1,1,1\n", "line 2: expected a row of IBKR bars"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused_with_file_line_and_what_was_found(name: str, tmp_path: Path) -> None:
    content, message = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Permanent, match=message) as error:
        read(tmp_path / name)
    assert name in str(error.value)


def test_quotes_gaps_and_mixtures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="expected bars of trades, found quotes"):
        read(zipped(tmp_path / "q.zip", "20240102_abc_minute_quote.csv", ""))
    with pytest.raises(Permanent, match=r"<day>_<symbol>_minute_trade\.csv"):
        read(zipped(tmp_path / "u.zip", "what is this.txt", ""))
    with pytest.raises(Permanent, match=r"line 1: expected time, open, high, low, close, volume, found 1,2"):
        read(zipped(tmp_path / "s.zip", "20240102_abc_minute_trade.csv", "1,2\n"))
    with pytest.raises(Permanent, match="one kind, found IBKR bars, LEAN minute bars"):
        bars_of_files([ibkr_bars(tmp_path), lean_minutes(tmp_path)], Settings())
    with pytest.raises(Permanent, match="one after the other"):
        bars_of_files([polygon_bars(tmp_path), polygon_bars(tmp_path)], Settings())
    with pytest.raises(Permanent, match="expected a file at"):
        read(tmp_path / "none")
    assert isinstance(read(polygon_bars(tmp_path)).bars[0], FileBar)


def test_a_whole_tape_at_once_equals_the_fold_tick_by_tick() -> None:
    """BAR-01, BAR-11: what a file gives is what the running system writes, apart from the tick it is written at."""
    tape = [trade(second * 1.7, 5.0 + (second * 7 % 31) / 100, 50.0 + second % 90, sequence=second) for second in range(2_400)]
    driver = Driver()
    driver.play(tape, until=4_200)
    driver.tick(38_000)
    prints = [Print(item.ts_event, item.sequence, place, item.price, item.size, item.bar_parts) for place, item in enumerate(tape)]
    bars, features = bars_and_features(SYMBOL, seconds_of(prints), Resolution.S1, BarSettings(), BoxSettings(), FeatureSettings())

    def plain(records: list[Bar] | list[Features]) -> list[dict[str, object]]:
        return [record.as_avro() | {"ts_event": OPEN} for record in records]

    assert plain(bars) == plain(driver.written("derived.bars"))
    assert plain(features) == plain(driver.written("derived.features"))


def test_the_command_prints_tables_and_json(tmp_path: Path) -> None:
    path, app = lean_ticks(tmp_path), typer.Typer()
    calc.register(app)
    app.callback()(lambda: None)
    shown = CliRunner().invoke(app, ["calc", "bars", str(path), "--resolution", "1m", "--plot", str(tmp_path / "out.html")])
    assert shown.exit_code == 0
    assert "ABC, 1m bars, US dollars" in shown.stdout
    assert (tmp_path / "out.html").stat().st_size > 10_000
    told = json.loads(CliRunner().invoke(app, ["calc", "bars", str(path), "--json"]).stdout)
    (symbol,) = told["symbols"]
    assert symbol["files"] == [{"path": str(path), "kind": "LEAN ticks"}]
    assert [bar["volume"] for bar in symbol["bars"] if bar["resolution"] == "M1"] == [100.0, 200.0]
    refused = CliRunner().invoke(app, ["calc", "bars", str(path), "--resolution", "3m"])
    assert isinstance(refused.exception, Permanent)
    assert "expected one of 1s, 1m, 2m, 5m, 15m, 1h, 1d, found 3m" in str(refused.exception)
