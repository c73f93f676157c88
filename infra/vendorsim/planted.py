"""Ground truth of the scenario: what was planted where, so that tests can ask whether it was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Ending(StrEnum):
    """How a planted box ends."""

    TARGET = "TARGET"
    """Breaks, retests the edge, runs beyond twice the box height."""
    STOP = "STOP"
    """Breaks, retests, then falls back through the box."""
    NO_RETEST = "NO_RETEST"
    """Breaks and runs away without coming back to the edge, so that nothing may trigger."""
    FADE = "FADE"
    """Slips out of the box on dead volume, which the volume gate must refuse."""
    EXPIRED = "EXPIRED"
    """Breaks, retests, and then stands still between stop and target."""


@dataclass(frozen=True, slots=True)
class PlantedBox:
    """One planted compression box and its fate; moments are milliseconds since the epoch, UTC.

    Attributes
    ----------
    long
        Breaks upwards; False for the mirrored short.
    low, high
        Edges in US dollars, both printed by round lots.
    run_up_ms
        Start of the wide, busy bars before the box.
    box_start_ms, box_end_ms
        First minute inside, and the end of the last one, which is where it breaks.
    retest_ms
        When price comes back to the edge; None without a retest.
    resolved_ms
        When its target or stop is reached, or when the planted part is over.
    resolved_price
        Where price is then, in US dollars.
    """

    symbol: str
    long: bool
    ending: Ending
    low: float
    high: float
    run_up_ms: int
    box_start_ms: int
    box_end_ms: int
    retest_ms: int | None
    resolved_ms: int
    resolved_price: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
