"""Chain files: each format is read, and what is not understood is refused with what was expected and found."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from infra.errors import Permanent
from infra.files.option_chains import read_chain

SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
HEADER = f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}"
CALL, PUT = "SPXW220210C04500000", "SPXW220210P04500000"
ROW = f"Thu Feb 10 2022,{CALL},1,0,10,11,5,0.2,0.5,0.004,100,4500.00,{PUT},1,0,9,10,5,0,-0.5,0.004,50"
CBOE = f'\nS&P,Last: 4500.53,Change: 1\n"Date: February 5 2022, 8:09 PM EST",Bid: 1\n{HEADER}\n{ROW}\n'
LEAN = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
    ",,,112,113,110,110.49,49,,,,,,,\n20160115,100,C,1,1,1,1,830,86941,0.358,0.848,0.02,0.078,-0.045,-0.005\n20160115,950,P,1,1,1,1,0,,0,0,0,0,0,0\n"
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_cboe(tmp_path: Path) -> None:
    found = read_chain(written(tmp_path, "spx.csv", CBOE))
    assert (found.symbol, found.spot, found.moment_us) == ("SPX", 4500.53, 1_644_109_740_000_000)
    call, put = found.rows
    assert (call.is_call, call.open_interest, call.implied_volatility, call.gamma, call.strike) == (True, 100, 0.2, 0.004, 4500)
    assert (put.is_call, put.open_interest, put.implied_volatility) == (False, 50, 0)


def test_lean_as_csv_and_zip(tmp_path: Path) -> None:
    plain = read_chain(written(tmp_path, "aapl/20151214.csv", LEAN))
    assert (plain.symbol, plain.spot, len(plain.rows)) == ("AAPL", 110.49, 2)
    assert plain.rows[0].open_interest == 86_941 and plain.rows[1].open_interest is None
    with zipfile.ZipFile(tmp_path / "aapl" / "day.zip", "w") as archive:
        archive.writestr("20151214.csv", LEAN)
    assert read_chain(tmp_path / "aapl" / "day.zip") == plain


def test_polygon_and_unusual_whales(tmp_path: Path) -> None:
    row = {
        "details": {"ticker": "O:AAPL230616C00150000"}, "greeks": {"gamma": 0.006}, "implied_volatility": 0.35, "open_interest": 8133,
        "last_quote": {"bid": 28.9, "ask": 29.2, "last_updated": 1651254260800059648}, "underlying_asset": {"price": 159.96, "ticker": "AAPL"},
    }  # fmt: skip
    found = read_chain(written(tmp_path, "p.json", json.dumps({"results": [row]})))
    assert (found.symbol, found.spot, found.moment_us, found.rows[0].open_interest) == ("AAPL", 159.96, 1_651_254_260_800_059, 8133)
    whales = {"option_symbol": "AAPL240202P00185000", "open_interest": 22868, "implied_volatility": "0.54", "ask_volume": 3, "bid_volume": 2}
    pages = read_chain(written(tmp_path, "u.json", json.dumps([{"data": [whales]}, {"data": [whales]}])))
    assert (pages.symbol, pages.spot, len(pages.rows), pages.rows[0].implied_volatility, pages.rows[0].bought) == ("AAPL", None, 2, 0.54, 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Date,Close\n1,2\n", "line 1: expected a CBOE"),
        ("[1, 2]", "expected a CBOE"),
        ("{broken", "expected JSON"),
        (CBOE.replace("Last: 4500.53", "Last 4500.53"), "line 2: expected the underlying's price"),
        (CBOE.replace("Date: February", "Day: February"), "line 3: expected a date"),
        (CBOE.replace(",50\n", "\n"), "line 5: expected 22 columns"),
        (CBOE.replace("4500.00", "much"), "line 5: expected expiry, option symbols and numbers"),
        ('{"data": ["AAPL240202P00185000"]}', "ask with greeks=true"),
        ('{"data": []}', "expected contracts in data"),
        ('{"results": [{"details": {"ticker": "X"}}]}', "expected an option symbol"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Permanent) as refused:
        read_chain(written(tmp_path, "chain.csv", text))
    assert told in str(refused.value)


def test_a_lean_file_is_named_by_its_date(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="named by its date"):
        read_chain(written(tmp_path, "chain.csv", LEAN))
    with pytest.raises(Permanent, match="line 3: expected C or P"):
        read_chain(written(tmp_path, "20151214.csv", LEAN.replace(",100,C,", ",100,X,")))
