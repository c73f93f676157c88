"""The simulated day: repeatable from any moment, within its budget, and with the boxes it says it planted."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from infra.plays_settings import SetupSettings
from infra.settings import BoxSettings
from infra.vendorsim.market_events import MINUTE_MS, ODD_LOT, MinuteBar, TapeQuote, TapeTrade, minute_bar
from infra.vendorsim.planted import Ending, PlantedBox
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.scenario_plan import LONG_HOURS

DAY = date(2025, 6, 3)
MAXIMUM_EVENTS_A_SECOND = 60


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario(DAY, 7)


def bars(scenario: Scenario, symbol: str, start_ms: int, end_ms: int) -> list[MinuteBar]:
    minutes = range(start_ms, end_ms, MINUTE_MS)
    made = [
        minute_bar(start, [e for e in scenario.symbol_events(symbol, start, start + MINUTE_MS) if isinstance(e, TapeTrade)])
        for start in minutes
    ]
    return [bar for bar in made if bar is not None]


def early(scenario: Scenario) -> list[PlantedBox]:
    return scenario.truth()[:7]


def test_the_same_moment_is_the_same_for_ever(scenario: Scenario) -> None:
    """A simulator that was killed and started again goes on with the same market, wherever it is asked first."""
    start = scenario.span_ms[0] + 47 * MINUTE_MS + 12_345
    whole = scenario.events_between(start, start + 5 * MINUTE_MS)
    again = Scenario(DAY, 7)
    pieces = [again.events_between(at, at + 7_000) for at in range(start + 5 * MINUTE_MS - 7_000, start - 7_000, -7_000)]
    joined = [event for piece in reversed(pieces) for event in piece if event.ts_ms >= start]
    assert joined == list(whole)
    assert Scenario(DAY, 8).events_between(start, start + MINUTE_MS) != scenario.events_between(start, start + MINUTE_MS)


def test_history_of_a_symbol_is_what_the_stream_sent(scenario: Scenario) -> None:
    start = scenario.span_ms[0] + 33 * MINUTE_MS + 500
    streamed = [event for event in scenario.events_between(start, start + 90_000) if event.symbol == "BNGO"]
    assert list(scenario.symbol_events("BNGO", start, start + 90_000)) == streamed
    assert scenario.symbol_events("NOSUCH", start, start + 90_000) == ()


def test_order_sequences_and_budget(scenario: Scenario) -> None:
    """In time order; sequences rise per symbol and kind; few enough events to be played at 60 times the speed."""
    start = scenario.span_ms[0]
    events = scenario.events_between(start, start + 75 * MINUTE_MS)
    assert len(events) / (75 * 60) < MAXIMUM_EVENTS_A_SECOND
    assert all(one.ts_ms <= two.ts_ms for one, two in itertools.pairwise(events))
    last: dict[tuple[str, type], int] = {}
    quotes: dict[str, int] = {}
    for event in events:
        key = (event.symbol, type(event))
        assert event.sequence > last.get(key, 0)
        last[key] = event.sequence
        if isinstance(event, TapeQuote):
            assert 0 < event.bid_price < event.ask_price
            quotes[event.symbol] = quotes.get(event.symbol, 0) + 1
        else:
            assert event.price > 0 and event.size > 0 and (event.size < 100) == (ODD_LOT in event.conditions)
    assert len(quotes) == 20 and min(quotes.values()) >= 75 * 60


@pytest.mark.parametrize("seed", [1, 7, 23])
def test_planted_boxes_are_where_the_truth_says(seed: int) -> None:
    """BOX-02: every planted box stays inside its edges, prints both, and is narrow after wide bars, as the settings ask."""
    scenario, box_settings = Scenario(DAY, seed), BoxSettings()
    boxes = scenario.truth()
    assert len(boxes) > 25 and {box.ending for box in boxes} >= {Ending.TARGET, Ending.STOP, Ending.NO_RETEST, Ending.FADE}
    for box in boxes:
        inside = bars(scenario, box.symbol, box.box_start_ms, box.box_end_ms)
        before = bars(scenario, box.symbol, box.run_up_ms, box.box_start_ms)[-len(inside) :]
        assert len(inside) >= box_settings.minimum_bars
        assert (min(bar.low for bar in inside), max(bar.high for bar in inside)) == (box.low, box.high), box
        assert (box.high / box.low - 1) * 10_000 <= box_settings.maximum_range_bps, box
        ranges = [sum(bar.high - bar.low for bar in group) / len(group) for group in (inside, before)]
        assert ranges[0] / ranges[1] <= box_settings.maximum_compression_ratio, box
        assert (box.high - box.low) / ranges[1] <= box_settings.maximum_range_to_atr, box


@pytest.mark.parametrize("seed", [1, 7, 23])
def test_planted_endings_happen(seed: int) -> None:
    """BOX-05, BOX-06: breaks close outside on volume; retests touch the edge and hold; targets and stops are reached."""
    scenario = Scenario(DAY, seed)
    for box in scenario.truth():
        sign = 1 if box.long else -1
        edge, height = (box.high if box.long else box.low), box.high - box.low
        inside = bars(scenario, box.symbol, box.box_start_ms, box.box_end_ms)
        (first,) = bars(scenario, box.symbol, box.box_end_ms, box.box_end_ms + MINUTE_MS)
        mean_volume = sum(bar.volume for bar in inside) / len(inside)
        assert (first.close - edge) * sign > 0 or box.ending is Ending.FADE, box
        if box.ending is Ending.FADE:
            assert first.volume < mean_volume * SetupSettings().minimum_relative_volume * 1.5, box
            continue
        assert first.volume > 2 * mean_volume, box
        assert (box.resolved_price - edge) * sign > 2 * height or box.ending is not Ending.TARGET, box
        assert (edge - box.resolved_price) * sign > height or box.ending is not Ending.STOP, box
        if box.retest_ms is not None:
            nearest = scenario.symbol_events(box.symbol, box.retest_ms - 2_000, box.retest_ms + 1_000)
            assert any(isinstance(event, TapeTrade) and event.price == edge for event in nearest), box


def test_the_first_boxes_come_soon(scenario: Scenario) -> None:
    """A demo that begins at nine sees a box break at the bell and another complete thread by ten."""
    opening = scenario.span_ms[0] + 30 * MINUTE_MS
    targets = [box for box in early(scenario) if box.ending is Ending.TARGET]
    assert targets[0].box_end_ms == opening
    assert targets[1].box_end_ms <= opening + 15 * MINUTE_MS and targets[1].resolved_ms <= opening + 30 * MINUTE_MS
    assert any(not box.long for box in early(scenario))


def test_a_long_day_is_busy_from_four_to_twenty() -> None:
    """Crash and soak runs need boxes all day long."""
    long_day = Scenario(DAY, 7, LONG_HOURS)
    first_ms, last_ms = long_day.span_ms
    assert last_ms - first_ms == 16 * 60 * MINUTE_MS
    truth = long_day.truth()
    assert len(truth) > 100
    hours = {(box.box_end_ms - first_ms) // (60 * MINUTE_MS) for box in truth}
    assert hours >= set(range(1, 15))
    evening = [event for event in long_day.symbol_events("ACRX", last_ms - 20 * MINUTE_MS, last_ms) if hasattr(event, "price")]
    assert len(evening) > 20 * 20
