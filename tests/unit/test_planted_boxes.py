"""BOX-02, BOX-05: planted boxes of seeded days come out of the market fold; a mirrored tape gives mirrored signals through the whole pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.planted import DAY, Found, edges_are_right, find, overlaps
from infra.cli.replay import Replayed, play
from infra.settings import Settings
from infra.vendorsim.market_events import TapeEvent, TapeTrade
from infra.vendorsim.scenario import Scenario
from schemas.records import BoxState, Side

MINUTES = 120
MIRROR = 20.0
FLIPPED = {BoxState.BROKEN_UP: BoxState.BROKEN_DOWN, BoxState.BROKEN_DOWN: BoxState.BROKEN_UP}
OTHER = {Side.LONG: Side.SHORT, Side.SHORT: Side.LONG}


@pytest.mark.parametrize(("seed", "symbol"), [(1, "DPRO"), (2, "HOLO"), (5, "CTRM")])
def test_planted_boxes_of_seeded_days_are_found_with_their_edges(seed: int, symbol: str) -> None:
    """BOX-02; all 200 seeds: `python -m benchmarks planted-boxes`."""
    (found,) = find(seed, Settings(), MINUTES, (symbol,))
    assert found.planted
    assert [box for box in found.planted if not found.finds(box)] == []


def test_a_box_with_a_wrong_edge_is_not_found() -> None:
    (found,) = find(1, Settings(), 70, ("DPRO",))
    (planted,) = found.planted
    (right,) = [box for box in found.finds(planted) if box.resolution == "M1"]
    for wrong in (replace(right, high=right.high + 0.011), replace(right, low=right.low - 0.011)):
        assert not edges_are_right(wrong, planted) and Found([planted], [wrong]).finds(planted) == ()
    away = replace(right, window_start=right.window_start + 7_200_000_000, window_end=right.window_end + 7_200_000_000)
    assert not overlaps(away, planted) and not Found([planted], [away]).belongs(away)


class Market:
    """One gapper's morning, as it is or reflected: a price p becomes `MIRROR` - p."""

    def __init__(self, scenario: Scenario, minutes: int, *, reflected: bool) -> None:
        self._scenario, self._reflected = scenario, reflected
        self.span_ms = scenario.span_ms[0], scenario.span_ms[0] + minutes * 60_000
        self.symbols = scenario.symbols

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Sequence[TapeEvent]:
        events = self._scenario.symbol_events(symbol, start_ms, min(end_ms, self.span_ms[1]))
        return [self._image(event) for event in events] if self._reflected else events

    def _image(self, event: Any) -> TapeEvent:
        if isinstance(event, TapeTrade):
            return event._replace(price=_image(event.price))
        return event._replace(bid_price=_image(event.ask_price), ask_price=_image(event.bid_price), bid_lots=event.ask_lots, ask_lots=event.bid_lots)  # type: ignore[no-any-return]


def _image(price: float) -> float:
    return round(MIRROR - price, 2)


@pytest.fixture(scope="module")
def both() -> tuple[Replayed, Replayed]:
    """ACRX trades at 8 to 10 dollars, so its image does at 10 to 12; what is measured in basis points is no limit here."""
    settings = Settings()
    boxes = settings.boxes.model_copy(update={"maximum_range_bps": 1e4, "minimum_range_bps": 0.0})
    setups = settings.setups.model_copy(update={"maximum_range_bps": 1e4, "maximum_spread_bps": 1e4})
    free = settings.model_copy(update={"boxes": boxes, "setups": setups})
    scenario = Scenario(DAY, 7)
    one, other = (play(Market(scenario, 75, reflected=reflected), free, ("ACRX",), "10:15") for reflected in (False, True))
    return one, other


def test_a_mirrored_tape_gives_mirrored_boxes(both: tuple[Replayed, Replayed]) -> None:
    one, other = (replayed.of("derived.boxes") for replayed in both)
    assert len(one) >= 4
    for box, image in zip(one, other, strict=True):
        assert (image.state, image.window_start, image.window_end) == (FLIPPED.get(box.state, box.state), box.window_start, box.window_end)
        assert (image.high, image.low) == (pytest.approx(MIRROR - box.low), pytest.approx(MIRROR - box.high))


def test_a_mirrored_tape_gives_mirrored_setups_and_signals(both: tuple[Replayed, Replayed]) -> None:
    """BOX-05."""
    one, other = (replayed.of("setups.events") for replayed in both)
    assert {event.state for event in one} == {"ARMED", "PRIMED", "ACTIVE", "RESOLVED"}
    for event, image in zip(one, other, strict=True):
        assert (image.side, image.state, image.outcome, image.ts_event) == (OTHER[event.side], event.state, event.outcome, event.ts_event)
        assert image.stop_price == pytest.approx(MIRROR - event.stop_price)
        assert image.targets == pytest.approx(tuple(MIRROR - target for target in event.targets))
    own = ([signal for signal in replayed.of("signals") if signal.strategy == "box-break-retest"] for replayed in both)
    signals, images = own
    assert signals
    for signal, image in zip(signals, images, strict=True):
        assert (image.side, image.ts_event, image.confidence) == (OTHER[signal.side], signal.ts_event, signal.confidence)
        assert image.entry_price == pytest.approx(MIRROR - signal.entry_price)
        assert image.reward_to_risk == pytest.approx(signal.reward_to_risk)
