"""The simulated morning's planted boxes come out of the folds as planted: BOX-02, BOX-06, BOX-10 on a whole market."""

from __future__ import annotations

from datetime import date

import pytest

from infra.cli.replay import Replayed, play
from infra.settings import Settings
from infra.vendorsim.planted import Ending, PlantedBox
from infra.vendorsim.scenario import Scenario
from schemas.records import BoxState, SetupOutcome, SetupState, Side

DAY = date(2025, 6, 18)
UNTIL, UNTIL_MS = "10:20", 80 * 60_000


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario(DAY, 7)


@pytest.fixture(scope="module")
def planted(scenario: Scenario) -> list[PlantedBox]:
    return [box for box in scenario.truth() if box.resolved_ms <= scenario.span_ms[0] + UNTIL_MS]


@pytest.fixture(scope="module")
def replayed(scenario: Scenario, planted: list[PlantedBox]) -> Replayed:
    return play(scenario, Settings(), tuple(sorted({box.symbol for box in planted})), UNTIL)


def test_every_planted_box_is_found_with_its_edges(planted: list[PlantedBox], replayed: Replayed) -> None:
    """BOX-02: within one tick."""
    assert len(planted) >= 6
    for box in planted:
        state = BoxState.BROKEN_UP if box.long else BoxState.BROKEN_DOWN
        found = [
            item for item in replayed.of("derived.boxes")
            if item.symbol == box.symbol and item.state is state and 0 < item.ts_event - box.box_end_ms * 1_000 <= 180_000_000
        ]  # fmt: skip
        assert any(abs(item.low - box.low) <= 0.01 and abs(item.high - box.high) <= 0.01 for item in found), box


def test_every_planted_ending_is_reached(planted: list[PlantedBox], replayed: Replayed) -> None:
    for box in planted:
        side = Side.LONG if box.long else Side.SHORT
        events = [
            item for item in replayed.of("setups.events")
            if item.symbol == box.symbol and item.side is side and item.box_low == pytest.approx(box.low, abs=0.011)
        ]  # fmt: skip
        states = {item.state for item in events}
        outcomes = {item.outcome for item in events if item.outcome}
        assert SetupState.ARMED in states, box
        if box.ending is Ending.FADE:
            assert SetupState.PRIMED not in states
            assert "RVOL_FLOOR" in {item.gate for item in replayed.of("signals.refusals") if item.symbol == box.symbol}
        elif box.ending is Ending.NO_RETEST:
            assert SetupState.PRIMED in states and SetupState.ACTIVE not in states
        elif box.ending in (Ending.TARGET, Ending.STOP):
            assert SetupState.ACTIVE in states, box
            assert outcomes == {SetupOutcome(box.ending)}, box
