"""Planted boxes against those the market fold finds: what was found, what was missed, and what was found that nobody planted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from infra.cli.replay import records_of, with_ticks
from infra.clock import MICROSECONDS
from infra.settings import Settings
from infra.vendorsim.planted import PlantedBox
from infra.vendorsim.scenario import Scenario
from processors.folds.market import MarketFold
from schemas.records import Box, BoxState, Tick, Trade

DAY = date(2025, 6, 18)
TICK_USD = 0.01
"""US dollars; an edge within one is right."""
_MINUTE_US = 60 * MICROSECONDS
_ROUNDING = 1e-9
_ENDED = (BoxState.BROKEN_UP, BoxState.BROKEN_DOWN, BoxState.DISSOLVED)


@dataclass(frozen=True, slots=True)
class Found:
    """One symbol's planted boxes, and the boxes that were found.

    Attributes
    ----------
    planted
        Those whose minutes, and the one that ends them, lie within the part of the day that was played.
    boxes
        As they ended, or as they were at the end of that part; one for each box id.
    """

    planted: Sequence[PlantedBox]
    boxes: Sequence[Box]

    def finds(self, planted: PlantedBox) -> tuple[Box, ...]:
        """Return the boxes with both edges within one tick that lie in the planted one, but for a bar at either end."""
        return tuple(box for box in self.boxes if overlaps(box, planted) and edges_are_right(box, planted))

    def belongs(self, box: Box) -> bool:
        """Tell whether a box is a planted one."""
        return any(overlaps(box, planted) and edges_are_right(box, planted) for planted in self.planted)


def overlaps(box: Box, planted: PlantedBox) -> bool:
    """Tell whether more than half of the box's time lies in the planted one."""
    start, end = max(box.window_start, planted.box_start_ms * 1_000), min(box.window_end, planted.box_end_ms * 1_000)
    return (end - start) * 2 > box.window_end - box.window_start


def edges_are_right(box: Box, planted: PlantedBox) -> bool:
    """Tell whether both edges are within one tick of the planted ones."""
    return abs(box.low - planted.low) <= TICK_USD + _ROUNDING and abs(box.high - planted.high) <= TICK_USD + _ROUNDING


def find(seed: int, settings: Settings, minutes: int, symbols: Sequence[str] = ()) -> Iterator[Found]:
    """Play the first minutes of a seeded day through the market fold, symbol by symbol.

    The fold gets a tick a minute instead of one a second: bars and boxes are the same, and nobody reads the views.

    Parameters
    ----------
    minutes
        Played from 09:00 New York on.
    symbols
        Those with planted boxes by default.
    """
    scenario = Scenario(DAY, seed)
    start_us = scenario.span_ms[0] * 1_000
    last_us = start_us + minutes * _MINUTE_US
    truth = [box for box in scenario.truth() if box.box_end_ms * 1_000 <= last_us - 4 * _MINUTE_US]
    for symbol in symbols or sorted({box.symbol for box in truth}):
        yield Found([box for box in truth if box.symbol == symbol], _boxes(scenario, symbol, settings, start_us, last_us))


def _boxes(scenario: Scenario, symbol: str, settings: Settings, start_us: int, last_us: int) -> list[Box]:
    fold = MarketFold(settings.bars, settings.boxes, settings.feature)
    state = fold.initial(symbol)
    found: dict[str, Box] = {}
    trades = (item for item in records_of(scenario, symbol, start_us, last_us) if isinstance(item, Trade))
    for item in with_ticks(trades, start_us, last_us, _MINUTE_US):
        topic = "ops.ticks" if isinstance(item, Tick) else "market.trades"
        state, outputs = fold.step(state, topic, item)
        found |= {output.record.box_id: output.record for output in outputs if isinstance(output.record, Box)}
    return list(found.values())
