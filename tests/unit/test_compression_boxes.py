"""BOX-02, BOX-03, BOX-05: compression boxes on one- and two-minute bars."""

from __future__ import annotations

import pytest

from infra.settings import BoxSettings
from schemas.records import Box, BoxState, Resolution, Trade
from tests.support.market_replay import Driver, trade

MIRROR = 20.0  # a price p becomes MIRROR - p


def minute(number: int, low: float, high: float, close: float | None = None, volume: float = 1_000.0) -> list[Trade]:
    """Four prints of one minute that make a bar with this low, high and close."""
    prices = [(low + high) / 2, low, high, (low + high) / 2 if close is None else close]
    return [trade(number * 60 + 10 * place, price, volume / 4) for place, price in enumerate(prices)]


def run_up(first: int = 0, bars: int = 20, width: float = 0.10, start: float = 9.0) -> list[Trade]:
    """Wide bars that rise to about 10.00."""
    tape: list[Trade] = []
    for number in range(bars):
        middle = start + number * 0.05
        tape += minute(first + number, middle - width / 2, middle + width / 2)
    return tape


def inside(number: int, low: float = 9.95, high: float = 10.05) -> list[Trade]:
    """A bar of the box that touches one edge: upper, middle, lower, middle ..."""
    half = (high - low) / 2
    return minute(number, low, low + half) if number % 2 else minute(number, high - half, high)


def box_tape(bars: int = 10) -> list[Trade]:
    return run_up() + [print_ for number in range(20, 20 + bars) for print_ in inside(number)]


def played(tape: list[Trade], settings: BoxSettings | None = None) -> list[Box]:
    driver = Driver(boxes=settings or BoxSettings(maximum_range_bps=150))
    driver.play(tape, until=(tape[-1].ts_event - tape[0].ts_event) // 60_000_000 * 60 + 62)
    return driver.written("derived.boxes", resolution=Resolution.M1)


def mirrored(tape: list[Trade]) -> list[Trade]:
    return [trade((t.ts_event - tape[0].ts_event) / 1e6, MIRROR - t.price, t.size, t.sequence) for t in tape]


def test_edges_are_the_planted_ones() -> None:
    boxes = played(box_tape())
    assert [box.state for box in boxes] == [BoxState.FORMED, BoxState.EXTENDED, BoxState.EXTENDED]
    assert {(box.low, box.high) for box in boxes} == {(9.95, 10.05)}
    assert [box.bar_count for box in boxes] == [8, 9, 10]
    assert len({box.box_id for box in boxes}) == 1
    assert boxes[-1].touches_high == 5 and boxes[-1].touches_low == 5
    assert boxes[0].compression_ratio == pytest.approx(0.5)


def test_two_minute_bars_make_boxes_too() -> None:
    tape = run_up(bars=40, start=8.0) + [p for number in range(40, 64) for p in inside(number)]
    driver = Driver(boxes=BoxSettings())
    driver.play(tape, until=64 * 60 + 62)
    boxes = driver.written("derived.boxes", resolution=Resolution.M2)
    assert boxes and (boxes[-1].low, boxes[-1].high) == (9.95, 10.05)


@pytest.mark.parametrize(
    "limits",
    [
        {"maximum_range_bps": 99.0},
        {"maximum_range_to_atr": 0.9},
        {"maximum_compression_ratio": 0.4},
        {"minimum_touches": 5},
        {"minimum_range_bps": 120.0},
    ],
    ids=lambda limits: next(iter(limits)),
)
def test_each_limit_alone_keeps_the_box_away(limits: dict[str, float]) -> None:
    """BOX-03."""
    assert played(box_tape(8), BoxSettings.model_validate(limits)) == []


def test_no_box_when_the_planted_range_is_past_the_limit() -> None:
    """BOX-03: the same swings, wider."""
    tape = run_up() + [p for number in range(20, 32) for p in inside(number, low=9.85, high=10.15)]
    assert played(tape) == []


@pytest.mark.parametrize(("close", "state"), [(10.2, BoxState.BROKEN_UP), (9.8, BoxState.BROKEN_DOWN)])
def test_a_close_beyond_an_edge_breaks_the_box(close: float, state: BoxState) -> None:
    tape = box_tape() + minute(30, min(close, 9.97), max(close, 10.03), close)
    last = played(tape)[-1]
    assert (last.state, last.low, last.high, last.bar_count) == (state, 9.95, 10.05, 10)


def test_a_close_within_the_buffer_widens_the_edge() -> None:
    last = played(box_tape() + minute(30, 10.0, 10.055, 10.052))[-1]
    assert (last.state, last.high, last.bar_count) == (BoxState.EXTENDED, 10.055, 11)


def test_a_wick_that_makes_it_too_wide_dissolves_it() -> None:
    last = played(box_tape() + minute(30, 10.0, 10.2, 10.0))[-1]
    assert (last.state, last.bar_count) == (BoxState.DISSOLVED, 10)


def test_an_old_box_dissolves() -> None:
    states = [box.state for box in played(box_tape(14), BoxSettings(maximum_bars=12))]
    assert states.count(BoxState.DISSOLVED) == 1 and states.index(BoxState.DISSOLVED) == 5


def test_the_next_box_shares_no_bar_with_the_last() -> None:
    tape = box_tape() + minute(30, 10.0, 10.2, 10.18)
    tape += [p for number in range(31, 45) for p in inside(number, low=10.15, high=10.2)]
    boxes = played(tape)
    broken = next(box for box in boxes if box.state is BoxState.BROKEN_UP)
    later = [box for box in boxes if box.box_id != broken.box_id]
    assert all(box.window_start >= broken.window_end for box in later)


def test_a_mirrored_tape_gives_mirrored_boxes() -> None:
    """BOX-05."""
    tape = box_tape() + minute(30, 10.0, 10.2, 10.18)
    tape += [p for number in range(31, 45) for p in inside(number, low=10.15, high=10.2)]
    up, down = played(tape), played(mirrored(tape))
    swap = {BoxState.BROKEN_UP: BoxState.BROKEN_DOWN, BoxState.BROKEN_DOWN: BoxState.BROKEN_UP}
    assert [box.state for box in down] == [swap.get(box.state, box.state) for box in up]
    for box, image in zip(up, down, strict=True):
        assert (image.low, image.high) == (pytest.approx(MIRROR - box.high), pytest.approx(MIRROR - box.low))
        assert (image.bar_count, image.touches_high, image.touches_low) == (box.bar_count, box.touches_low, box.touches_high)
        assert (image.window_start, image.window_end) == (box.window_start, box.window_end)
