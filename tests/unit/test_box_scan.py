"""BOX-01, BOX-14: the continuous scan of small caps; near misses say what was measured, what is allowed and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from infra.plays_settings import BoxScanSettings
from infra.settings import BarSettings, BoxSettings
from processors.calc.compression import Compression
from processors.calc.shortfall import Gap, is_near
from processors.folds.box_gates import box_gaps
from processors.strategies.box_scan import BoxScanState, ScanParameters, step
from schemas.records import Bar, MarketView, Resolution, Session, SignalRefusal
from tests.support.market_replay import OPEN, SECOND, SYMBOL, Driver, trade
from tests.support.views import box, features, view
from tests.unit.test_compression_boxes import box_tape, inside, run_up

MOVING = {"day_low": 9.0, "day_high": 11.0}
PARAMETERS = ScanParameters(BoxScanSettings(), BoxSettings(), 0.25)
DAY = 86_400


def scan(views: Sequence[MarketView], parameters: ScanParameters = PARAMETERS) -> tuple[BoxScanState, list[Any]]:
    state, told = BoxScanState(), []
    for item in views:
        state, decisions = step(state, item, parameters)
        told += decisions
    return state, told


def bar(number: int, low: float, high: float) -> Bar:
    start = OPEN + number * 60 * SECOND
    return Bar(
        symbol=SYMBOL, resolution=Resolution.M1, window_start=start, window_end=start + 60 * SECOND, ts_event=start + 62 * SECOND, source="derived",
        open=low, high=high, low=low, close=high, volume=1_000.0, trade_count=10,
    )  # fmt: skip


def minutes(*ranges: tuple[float, float], first: int = 0) -> list[MarketView]:
    """A view at each minute's close."""
    return [
        view(number * 60 + 62, None, closed_bars=(bar(number, low, high),), features_1m=features(number * 60 + 60), **MOVING)
        for number, (low, high) in enumerate(ranges, start=first)
    ]


WIDE = [(9.9, 10.1)] * 9
QUIET = [(10.0, 10.05), (10.05, 10.1)] * 4


def views_of_market(tape: Sequence[Any], until: int) -> list[MarketView]:
    driver = Driver(bars=BarSettings(), boxes=BoxSettings())
    driver.play(tape, until=until)
    return driver.written("views")


def test_a_symbol_is_scanned_six_times_a_minute() -> None:
    """BOX-01."""
    views = [view(second, 10.1, **MOVING) for second in range(0, 600, 5)]
    state, _ = scan(views)
    assert state.scans == 60
    assert scan([view(second, 10.1, **MOVING) for second in range(600)])[0].scans == 60


@pytest.mark.parametrize(
    "changes",
    [{"last_price": 20.01}, {"last_price": 0.4}, {"day_volume": 1_000.0}, {"day_low": 10.9}, {"last_price": None}, {"session": Session.CLOSED}],
    ids=["dear", "cheap", "not traded", "still", "no price", "closed"],
)
def test_only_small_caps_that_move_in_open_hours_are_scanned(changes: dict[str, Any]) -> None:
    assert scan([replace(view(second, 10.1, **MOVING), **changes) for second in range(0, 60, 5)])[0].scans == 0


def test_the_scanner_idles_over_a_weekend_and_goes_on() -> None:
    """BOX-14: Wednesday's tape moved to a Friday; views stop in the closed market, and Monday's are scanned by the same fold."""
    friday = 2 * DAY
    driver = Driver()
    driver.play([trade(friday + second, 10.0 + second % 7 / 10, 20_000) for second in range(0, 300, 3)], until=friday + 320)
    state, _ = scan(driver.written("views"))
    before, bars_before = state.scans, state.minutes
    assert before > 20 and bars_before
    views = len(driver.written("views"))
    for second in range(friday + 11 * 3_600, friday + 3 * DAY - 6 * 3_600, 600):
        driver.tick(second)
    asleep = driver.written("views")[views:]
    assert len(asleep) <= 2, "long after the last trade only the closing of the day is worth a view"
    assert {item.session for item in asleep} <= {Session.CLOSED} and scan(asleep)[0].scans == 0
    for item in asleep:
        state, _ = step(state, item, PARAMETERS)
    monday = friday + 3 * DAY
    count = len(driver.written("views"))
    driver.play([trade(monday + second, 10.0 + second % 7 / 10, 20_000) for second in range(0, 300, 3)], until=monday + 320)
    for item in driver.written("views")[count:]:
        state, _ = step(state, item, PARAMETERS)
    assert state.scans > before + 20
    assert len(state.minutes) <= 5, "minutes of Friday are not in Monday's box"


def test_a_row_of_bars_that_is_nearly_a_box_is_told_of_with_its_distance() -> None:
    _, told = scan(minutes(*WIDE, *[(10.0, 10.08), (10.08, 10.16)] * 4), PARAMETERS)
    assert {item.gate for item in told} == {"BOX_RANGE"}
    miss: SignalRefusal = told[-1]
    assert (miss.strategy, miss.side, miss.near_miss, miss.unit) == ("box-scan", None, True, "bps")
    assert miss.value == pytest.approx(160.0) and miss.limit == 150.0 and miss.shortfall == pytest.approx(10.0)


def test_a_box_and_a_row_that_is_far_from_one_are_no_near_misses() -> None:
    _, box_told = scan(minutes(*WIDE, *QUIET))
    assert not [item for item in box_told if item.ts_event == minutes(*WIDE, *QUIET)[-1].ts_event]
    assert scan(minutes(*WIDE, *[(9.0, 9.6), (9.6, 10.2)] * 4))[1] == []


def test_the_running_minute_counts() -> None:
    """Between two closes: the last of eight bars is not closed yet."""
    views = minutes(*WIDE, *[(10.0, 10.08), (10.08, 10.16)] * 3, (10.0, 10.08))
    running = view(16 * 60 + 70, 10.1, interval_high=10.16, interval_low=10.08, **MOVING)
    assert [item.gate for item in scan([*views, running])[1]][-1] == "BOX_RANGE"
    assert scan([*views, running])[0].running_high == 10.16


def test_a_gate_is_told_of_once_in_a_while() -> None:
    nearly = [(10.0, 10.08), (10.08, 10.16)]
    _, told = scan(minutes(*WIDE, *nearly * 10))
    moments = [item.ts_event for item in told if item.gate == "BOX_RANGE"]
    assert len(moments) >= 2
    assert all(after - before >= 300 * SECOND for before, after in pairwise(moments))


def test_a_live_box_is_not_nearly_one() -> None:
    views = minutes(*WIDE, *[(10.0, 10.08), (10.08, 10.16)] * 4)
    assert scan([replace(item, box_1m=box(2)) for item in views])[1] == []


def test_the_scan_says_nothing_where_the_market_fold_finds_a_box() -> None:
    """The same gates: at the close that forms a box the scan has nothing lacking."""
    views = views_of_market(box_tape(), until=30 * 60 + 62)
    formed = next(item for item in views if item.box_1m is not None)
    parameters = PARAMETERS._replace(scan=BoxScanSettings(minimum_day_volume=0.0, minimum_day_range_percent=0.0))
    _, told = scan([item for item in views if item.ts_event <= formed.ts_event], parameters)
    assert not [item for item in told if item.ts_event == formed.ts_event]
    missed = views_of_market(run_up() + [p for number in range(20, 28) for p in inside(number, low=9.92, high=10.08)], until=28 * 60 + 62)
    assert not [item for item in missed if item.box_1m is not None]
    assert "BOX_RANGE" in {item.gate for item in scan(missed, parameters)[1]}


FITS = Compression(high=10.1, low=10.0, range_bps=100.0, range_to_atr=1.0, ratio=0.5, mean_volume=1.0, touches_high=2, touches_low=2)


@pytest.mark.parametrize(
    ("changes", "gate", "shortfall", "near"),
    [
        ({"range_bps": 160.0}, "BOX_RANGE", 10.0, True), ({"range_bps": 200.0}, "BOX_RANGE", 50.0, False),
        ({"range_bps": 12.0}, "BOX_FLATNESS", 3.0, True), ({"range_to_atr": 2.6}, "BOX_RANGE_ATR", 0.1, True),
        ({"ratio": 0.8}, "BOX_COMPRESSION", 0.1, True), ({"ratio": None}, "BOX_COMPRESSION", None, False),
        ({"range_to_atr": None}, "BOX_RANGE_ATR", None, False),
        ({"touches_low": 1}, "BOX_TOUCHES", 1.0, True), ({"touches_high": 0}, "BOX_TOUCHES", 2.0, False),
    ],
)  # fmt: skip
def test_each_gate_of_a_box_says_how_far_it_is(changes: dict[str, Any], gate: str, shortfall: float | None, near: bool) -> None:
    """BOX-03."""
    (gap,) = box_gaps(FITS._replace(**changes), BoxSettings())
    assert gap.gate == gate and gap.shortfall == (None if shortfall is None else pytest.approx(shortfall))
    assert is_near(gap, 0.25) is near


def test_what_fits_has_no_gap_and_limits_pass() -> None:
    assert box_gaps(FITS, BoxSettings()) == ()
    limits = FITS._replace(range_bps=150.0, range_to_atr=2.5, ratio=0.7)
    assert box_gaps(limits, BoxSettings()) == ()
    assert is_near(Gap("X", 12.5, 10.0, "bps"), 0.25) and not is_near(Gap("X", 12.6, 10.0, "bps"), 0.25)
