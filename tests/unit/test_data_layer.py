"""The data layer over a stub vendor: no network, the same every time (REG-05, REG-06, REG-07, REG-09, SCH-08)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.clock import ManualClock, to_datetime
from infra.errors import ConfigurationError
from infra.settings import Settings
from infra.vendor_settings import PolygonSettings
from processors.folds.regime import RegimeFold
from processors.research.bar_replay import BarReplay
from processors.research.data_layer import DataLayer, Payload
from processors.research.frame import Frame
from processors.research.frame_cache import FrameCache
from producers.polygon.bar_history import PolygonBars
from producers.source import Unlicensed
from schemas.records import Bar, PriceSnapshot, Resolution, Side
from tests.support.market_replay import OPEN, SECOND
from tests.support.regime_seed import MINUTE, minute_bars

COUNT = 140
END = OPEN + COUNT * MINUTE
START_AT, END_AT = to_datetime(OPEN), to_datetime(END)


class StubVendor:
    """Has bars of one day and counts how often it is asked."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        self._bars = tuple(bars)
        self.calls = 0

    async def bars(self, symbol: str, resolution: Resolution, start_us: int, end_us: int) -> Sequence[Bar]:
        self.calls += 1
        return [bar for bar in self._bars if bar.symbol == symbol and bar.resolution is resolution and start_us <= bar.window_start < end_us]

    async def stream(self, symbols: Sequence[str], resolution: Resolution, since_us: int) -> AsyncIterator[Bar]:
        for bar in sorted(self._bars, key=lambda bar: (bar.window_end, bar.symbol)):
            if bar.symbol in symbols and bar.resolution is resolution and bar.window_start >= since_us:
                yield bar


def day(symbol: str) -> list[Bar]:
    """A fall and a rise, so that the means cross once."""
    return [
        *minute_bars(symbol, OPEN + 70 * MINUTE, 70, start=20.0, noise=0.0005, drift=-0.0004),
        *minute_bars(symbol, END, 70, start=19.4, noise=0.0005, drift=0.0009, seed=8),
    ]


@pytest.fixture
def vendor() -> StubVendor:
    return StubVendor([*day("ACRX"), *day("BNGO")])


def layer(vendor: StubVendor, folder: Path | None = None, now_us: int = END, record: Any = None) -> DataLayer:
    return DataLayer({"stub": vendor}, Settings(), ManualClock(now_us), folder, record)


async def fetched(of: DataLayer) -> Frame:
    return await of.fetch("ACRX", "1m", "stub", START_AT, END_AT)


async def test_a_fetch_gives_bars_signals_and_regimes_of_equal_length(vendor: StubVendor) -> None:
    """REG-05, REG-02: a label with every bar; the same every time."""
    frame = await fetched(layer(vendor))
    assert len(frame.bars) == len(frame.signals) == len(frame.regimes) == len(frame) == COUNT
    assert [regime.window_end for regime in frame.regimes] == [bar.window_end for bar in frame.bars]
    called = [signal for signals in frame.signals for signal in signals]
    assert [(item.strategy, item.side) for item in called] == [("ema-cross", Side.LONG)], "the means crossed once"
    place = next(number for number, signals in enumerate(frame.signals) if signals)
    assert frame.bars[place].window_end <= called[0].ts_event < frame.bars[place].window_end + 5 * SECOND
    assert await fetched(layer(vendor)) == frame


async def test_regimes_are_those_of_the_stage(vendor: StubVendor) -> None:
    """The same code as the fold's: stage.regime on the same bars writes the same numbers."""
    frame = await fetched(layer(vendor))
    fold = RegimeFold(Settings().regime)
    state, found = fold.initial("ACRX"), []
    for bar in frame.bars:
        state, outputs = fold.step(state, "derived.bars", bar)
        found += [output.record for output in outputs]
    assert list(frame.regimes) == found


async def test_the_table_has_a_row_a_bar(vendor: StubVendor) -> None:
    table = (await fetched(layer(vendor))).table()
    assert len(table) == COUNT and str(table.index.dtype).endswith("UTC]")
    assert table.signal.notna().sum() == 1
    assert table.kalman_price.isna().sum() == 29, "null while warming up, never 0"


async def test_the_second_fetch_comes_from_the_cache(vendor: StubVendor, tmp_path: Path) -> None:
    """REG-07, SCH-08: no vendor call, an equal frame, one metadata row with its file."""
    told: list[PriceSnapshot] = []
    first = await fetched(layer(vendor, tmp_path, record=told.append))
    assert vendor.calls == 1
    assert await fetched(layer(vendor, tmp_path, record=told.append)) == first
    assert vendor.calls == 1
    [snapshot] = told
    assert (snapshot.symbol, snapshot.source, snapshot.rows, snapshot.starts, snapshot.ends) == ("ACRX", "stub", COUNT, OPEN, END)
    assert hashlib.sha256((tmp_path / snapshot.file).read_bytes()).hexdigest() == snapshot.sha256
    assert not list(tmp_path.rglob("*.unfinished"))


async def test_a_frame_that_has_not_ended_is_not_stored(vendor: StubVendor, tmp_path: Path) -> None:
    await fetched(layer(vendor, tmp_path, now_us=END - 1))
    await fetched(layer(vendor, tmp_path, now_us=END - 1))
    assert vendor.calls == 2 and not list(tmp_path.rglob("*.parquet"))


async def test_a_damaged_file_is_fetched_again(vendor: StubVendor, tmp_path: Path) -> None:
    first = await fetched(layer(vendor, tmp_path))
    FrameCache(tmp_path).path("stub", "ACRX", Resolution.M1, OPEN, END).write_bytes(b"PAR1 no more")
    assert await fetched(layer(vendor, tmp_path)) == first
    assert vendor.calls == 2


async def test_names_cannot_leave_the_cache_folder(tmp_path: Path) -> None:
    path = FrameCache(tmp_path).path("../../etc", "BRK/B", Resolution.D1, 1, 2)
    assert path.resolve().is_relative_to(tmp_path.resolve()) and len(path.relative_to(tmp_path).parts) == 4


async def test_nothing_traded_is_an_empty_frame(vendor: StubVendor) -> None:
    frame = await layer(vendor).fetch("NONE", "1m", "stub", START_AT, END_AT)
    assert len(frame) == 0 and len(frame.table()) == 0


@pytest.mark.parametrize(
    ("interval", "source", "end", "found"),
    [("3m", "stub", END_AT, "found 3m"), ("1m", "other", END_AT, "found other"), ("1m", "stub", START_AT, "start before the end")],
)
async def test_what_cannot_be_asked_is_refused(vendor: StubVendor, interval: str, source: str, end: datetime, found: str) -> None:
    with pytest.raises(ConfigurationError, match=found):
        await layer(vendor).fetch("ACRX", interval, source, START_AT, end)
    assert vendor.calls == 0


async def test_a_stream_yields_signal_and_regime_of_each_bar(vendor: StubVendor) -> None:
    """REG-06: several symbols; warm from the start, equal to a fetch of the whole day."""
    now_us = OPEN + 60 * MINUTE
    found: list[Payload] = []
    async for payload in layer(vendor, now_us=now_us).stream(["ACRX", "BNGO"], "stub"):
        found.append(payload)
    whole = await fetched(layer(vendor))
    streamed = [item for item in found if item.bar.symbol == "ACRX"]
    assert len(found) == 2 * len(streamed) == 2 * (COUNT - 60)
    assert [item.bar for item in streamed] == list(whole.bars[60:])
    assert [item.regime for item in streamed] == list(whole.regimes[60:])
    assert [item.signals for item in streamed] == list(whole.signals[60:])


def test_bars_come_in_order_only() -> None:
    replay = BarReplay("ACRX", Resolution.M1, Settings())
    bars = day("ACRX")
    replay.add(bars[1])
    with pytest.raises(ValueError, match="expected a bar after"):
        replay.add(bars[0])


async def test_polygon_s_rest_bars_page_by_page() -> None:
    """The one source that asks a vendor: every page, only what was asked for, and why not without a key."""
    asked: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path, request.headers["Authorization"]))
        first = "cursor" not in request.query
        starts = [OPEN // 1_000 - 60_000, OPEN // 1_000] if first else [OPEN // 1_000 + 60_000]
        results = [{"t": start, "o": 5.0, "h": 5.2, "l": 4.9, "c": 5.1, "v": 300, "vw": 5.05, "n": 3} for start in starts]
        following = {"next_url": "https://elsewhere.example/v2/aggs?cursor=2"} if first else {}
        return web.json_response({"status": "OK", "results": results, **following})

    app = web.Application()
    app.router.add_get("/v2/aggs/ticker/{rest:.*}", answer)
    async with TestServer(app) as server:
        settings = PolygonSettings.model_validate({"api_key": "right-key", "rest_url": str(server.make_url("/")).rstrip("/")})
        source = PolygonBars(settings, ManualClock(OPEN + timedelta(hours=1) // timedelta(microseconds=1)))
        bars = await source.bars("SPY", Resolution.M1, OPEN, OPEN + 10 * MINUTE)
        await source.close()
    assert [bar.window_start for bar in bars] == [OPEN, OPEN + MINUTE]
    assert bars[0].source == "polygon" and bars[0].resolution is Resolution.M1 and bars[0].volume == 300
    assert len(asked) == 2 and {key for _, key in asked} == {"Bearer right-key"}
    without = PolygonBars(PolygonSettings(), ManualClock(OPEN))
    with pytest.raises(Unlicensed, match="no key"):
        await without.bars("SPY", Resolution.M1, OPEN, END)
    await without.close()


def test_moments_are_of_the_day() -> None:
    assert datetime(2025, 6, 18, 13, 30, tzinfo=UTC) == START_AT
