"""The research views of bars on the real engine: adjusted bars equal pandas', tiles equal what the fold published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pydantic import SecretStr

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.migrate import migrate
from infra.settings import ClickHouseSettings
from processors.calc.windows import window_of
from schemas.records import Bar, CorporateAction, CorporateActionKind, Licence, Resolution
from tests.support.dashboard_seed import store
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.market_replay import OPEN, SECOND, SYMBOL, Driver, quote, trade

NEW_YORK = ZoneInfo("America/New_York")
SPLIT_DAY, DIVIDEND_DAY = date(2014, 6, 9), date(2014, 5, 8)  # Apple: 7 for 1, and 3.29 dollars


@pytest.fixture
def history(clickhouse_server: ClickHouseAddress, clickhouse_database: str) -> ClickHouseSettings:
    address = clickhouse_server
    settings = ClickHouseSettings(
        host=address.host, port=address.port, user=address.user, password=SecretStr(address.password), database=clickhouse_database
    )
    migrate(settings)
    return settings


def midnight_us(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).timestamp()) * SECOND


def bar(symbol: str, resolution: Resolution, moment: int, close: float) -> Bar:
    start, end = window_of(resolution, moment)
    return Bar(
        symbol=symbol, resolution=resolution, window_start=start, window_end=end, open=close - 1, high=close + 2, low=close - 2, close=close,
        volume=700.0, vwap=close + 0.5, trade_count=3, revision=0, source="tapewire", ts_event=end,
    )  # fmt: skip


def action(symbol: str, kind: CorporateActionKind, day: date, **values: Any) -> CorporateAction:
    return CorporateAction(
        symbol=symbol, ts_event=midnight_us(day), ts_received=0, ts_published=0, source="polygon", licence=Licence.INTERNAL, kind=kind,
        action_id=f"{kind.value}{day}", effective_date=(day - date(1970, 1, 1)).days, **values,
    )  # fmt: skip


def days(symbol: str, first: date, last: date) -> Iterator[Bar]:
    day, close = first, 600.0
    while day <= last:
        if day.weekday() < 5:
            yield bar(symbol, Resolution.D1, midnight_us(day) + 10 * 3_600 * SECOND, close)
            yield bar(symbol, Resolution.M1, midnight_us(day) + 10 * 3_600 * SECOND, close - 0.25)
            close = close / 7 if day == SPLIT_DAY - timedelta(days=3) else close + 1.5
        day += timedelta(days=1)


def test_adjusted_bars_equal_pandas(history: ClickHouseSettings) -> None:
    """SCH-01: prices and volumes before a split or dividend are those of today's shares; raw bars stay as they were."""
    bars = list(days("AAPL", date(2014, 5, 1), date(2014, 6, 13)))
    evening = bar("AAPL", Resolution.M1, midnight_us(SPLIT_DAY) - 3 * 3_600 * SECOND, 93.0)  # 21:00 belongs to the day of the split
    plain = list(days("IBM", date(2014, 6, 2), date(2014, 6, 4)))
    unknown = list(days("NEW", date(2014, 6, 2), date(2014, 6, 4)))
    actions = [
        action("AAPL", CorporateActionKind.SPLIT, SPLIT_DAY, split_from=1.0, split_to=7.0),
        action("AAPL", CorporateActionKind.DIVIDEND, DIVIDEND_DAY, cash_amount=3.29, currency="USD", dividend_type="CD"),
        action("AAPL", CorporateActionKind.DIVIDEND, date(2014, 5, 20), cash_amount=1.0, currency="CAD", dividend_type="CD"),
        action("NEW", CorporateActionKind.DIVIDEND, date(2014, 6, 2), cash_amount=0.5, currency="USD", dividend_type="CD"),
        action("NEW", CorporateActionKind.SPLIT, date(2014, 6, 4), split_from=10.0, split_to=1.0),
        action("NEW", CorporateActionKind.DIVIDEND, date(2014, 6, 5), cash_amount=None, dividend_type="CD"),
    ]
    store(history, {"derived.bars": [*bars, evening, *plain, *unknown], "reference.corporate-actions": list(actions)})
    columns = "window_start, close, high, vwap, volume, split_factor, dividend_factor"
    with ClickHouse.connect(history) as database:
        found = database.rows(f"SELECT {columns} FROM derived_bars_adjusted WHERE symbol = 'AAPL' ORDER BY resolution, window_start")
        raw = database.rows("SELECT count(), min(close) FROM derived_bars_latest WHERE symbol = 'AAPL'")
        untouched = database.rows("SELECT close, volume, split_factor, dividend_factor FROM derived_bars_adjusted WHERE symbol = 'IBM' LIMIT 1")
        reverse = database.rows("SELECT volume, split_factor, dividend_factor, close FROM derived_bars_adjusted WHERE symbol = 'NEW'")
    daily = pd.DataFrame([(item.window_start, item.close) for item in bars if item.resolution is Resolution.D1], columns=["start", "close"])
    before_dividend = daily.close[daily.start < midnight_us(DIVIDEND_DAY) - 4 * 3_600 * SECOND].iloc[-1]
    expected = []
    for item in sorted([*bars, evening], key=lambda entry: (entry.resolution.value, entry.window_start)):
        split = 1 / 7 if item.window_start < midnight_us(SPLIT_DAY) - 4 * 3_600 * SECOND else 1.0
        dividend = 1 - 3.29 / before_dividend if item.window_start < midnight_us(DIVIDEND_DAY) - 4 * 3_600 * SECOND else 1.0
        assert item.vwap is not None
        prices = [price * split * dividend for price in (item.close, item.high, item.vwap)]
        expected.append([*prices, item.volume / split, split, dividend])
    assert [round(row[0].replace(tzinfo=UTC).timestamp() * SECOND) for row in found] == [
        item.window_start for item in sorted([*bars, evening], key=lambda entry: (entry.resolution.value, entry.window_start))
    ]
    assert [list(row[1:]) for row in found] == [pytest.approx(row, rel=1e-12) for row in expected]
    assert prod(row[5] for row in found[-3:]) == 1.0
    assert raw == [(len(bars) + 1, pytest.approx(min(item.close for item in [*bars, evening])))]
    assert untouched == [(pytest.approx(plain[0].close, rel=0.01), 700.0, 1.0, 1.0)]
    assert {row[1] for row in reverse} == {10.0, 1.0}
    assert {(row[2], row[3]) for row in reverse} == {(None, None)}, "a dividend of an unknown amount leaves no adjusted price"


def test_tiles_equal_what_was_published(history: ClickHouseSettings) -> None:
    """SCH-03, SCH-04, BAR-06: one row a symbol, from its newest view; missing quotes are null, everything else finite."""
    driver = Driver()
    tape = [trade(second, 5.0 + second % 70 / 100, 100.0 + second % 7) for second in range(0, 20_000, 9)]
    driver.play(tape, until=20_005)
    store(history, {topic: driver.written(topic) for topic in ("derived.bars", "derived.features", "views")})
    newest = driver.written("views")[-1]
    minutes = [
        item.trade_count
        for item in driver.written("derived.bars", resolution=Resolution.M1)
        if newest.ts_event - 1_200 * SECOND < item.window_end <= newest.ts_event
    ]
    with ClickHouse.connect(history) as database:
        assert database.rows("SELECT * EXCEPT ts_event FROM tiles") == [
            (SYMBOL, newest.last_price, newest.features_1m.momentum_bps, newest.features_5m.momentum_bps, newest.features_1m.relative_volume,
             newest.vwap_distance_bps, None, None, sum(minutes))
        ]  # fmt: skip
        ((symbol, *twelve),) = database.rows("SELECT * EXCEPT ts_event FROM tiles_timeframes")
        names = ("momentum_bps", "vwap_distance_bps", "relative_volume", "atr_wilder_14")
        wanted = [getattr(view, name) for name in names for view in (newest.features_1m, newest.features_5m, newest.features_15m)]
        assert (symbol, len(twelve), twelve) == (SYMBOL, 12, wanted)
        assert None not in twelve
        comments = database.rows(
            "SELECT count() FROM system.columns WHERE database = {name:String} AND comment = '' "
            "AND table IN ('tiles', 'tiles_timeframes', 'derived_bars_adjusted')",
            {"name": history.database},
        )
        assert comments == [(0,)]
        driver.feed(quote(20_006, 4.9, 5.1))
        driver.tick(20_008)
        store(history, {"views": driver.written("views")[-1:]}, first_offset=100_000)
        assert database.rows("SELECT best_bid, best_ask, toUnixTimestamp64Micro(ts_event) FROM tiles") == [(4.9, 5.1, OPEN + 20_008 * SECOND)]
