"""Bars of real tapes equal pandas' from the same file: exact in prices, volume and count, 1e-9 in vwap (BAR-01, BAR-11)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from infra.cli.demo_tape import eligible
from infra.cli.replay import Replayed, play
from infra.plays_settings import SetupSettings
from infra.settings import Settings
from infra.vendorsim.tape_source import TapeSource
from schemas.records import SetupState

DATA = Path(__file__).parents[3] / "shared" / "data" / "bars"
TAPES = ("smallcap_ticks_2020/BCRX_2020-04-15_dib.parquet", "lean/tick/ibm/20131007_trade.zip", "lean/tick/ibm/20131009_trade.zip")
OFFSETS = {"S1": "1s", "M1": "1min", "M2": "2min", "M5": "5min", "M15": "15min", "H1": "1h", "D1": "1D"}

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real tapes are not on this machine: no folder {DATA}"),
]


@pytest.fixture(scope="module", params=TAPES)
def played(request: pytest.FixtureRequest) -> tuple[TapeSource, Replayed]:
    source = TapeSource(DATA / request.param)
    return source, play(source, Settings(setups=SetupSettings(quote_required=False)), source.symbols)


@pytest.mark.parametrize("resolution", OFFSETS)
def test_bars_equal_pandas(played: tuple[TapeSource, Replayed], resolution: str) -> None:
    source, replayed = played
    events = source.events_between(*source.span_ms)
    prints = [(item.ts_ms, item.price, item.size, item.conditions) for item in events if hasattr(item, "price")]
    frame = eligible(pd.DataFrame(prints, columns=["ts", "price", "size", "conditions"]))
    frame.index = pd.to_datetime(frame["ts"], unit="ms", utc=True).dt.tz_convert("America/New_York")
    groups = frame.resample(OFFSETS[resolution])
    reference = groups["priced"].ohlc().assign(
        high=groups["extreme"].max(), low=groups["extreme"].min(), volume=groups["counted"].sum(), notional=groups["notional"].sum(), n=groups.size()
    )
    reference = reference.dropna()
    bars = [bar for bar in replayed.of("derived.bars") if bar.resolution == resolution]
    assert len(bars) == len(reference)
    if resolution != "D1":  # pandas' day begins at midnight, ours at 20:00 the evening before
        assert [bar.window_start for bar in bars] == [moment.value // 1_000 for moment in reference.index.as_unit("ns")]
    for column in ("open", "high", "low", "close", "volume"):
        assert [getattr(bar, column) for bar in bars] == reference[column].to_list()
    assert [bar.trade_count for bar in bars] == reference["n"].to_list()
    assert [bar.vwap for bar in bars] == pytest.approx((reference["notional"] / reference["volume"]).to_list(), rel=1e-9)


def test_a_day_brings_a_handful_of_setups(played: tuple[TapeSource, Replayed]) -> None:
    _, replayed = played
    events = replayed.of("setups.events")
    count = Counter(item.state for item in events)
    assert 1 <= len({item.setup_id for item in events}) <= 20
    assert 1 <= count[SetupState.RESOLVED] == len({item.setup_id for item in events})
