"""Plans a market day: which symbol compresses when, which way it breaks and how it ends. Seeded, pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.vendorsim.planted import Ending


@dataclass(frozen=True, slots=True)
class Hours:
    """When the made-up market is open, in minutes since midnight in New York.

    Attributes
    ----------
    begin, end
        First minute with prints, and the minute after the last.
    episodes_end
        By then the last planted episode is over.
    busy_throughout
        No quiet before the opening bell and after the closing one, no boxes at fixed minutes.
    """

    begin: int
    end: int
    episodes_end: int
    busy_throughout: bool = False

    @property
    def seconds(self) -> int:
        return (self.end - self.begin) * 60


USUAL_HOURS = Hours(9 * 60, 20 * 60, 15 * 60 + 45)
"""A little before the opening bell until the last trade after hours."""
LONG_HOURS = Hours(4 * 60, 20 * 60, 19 * 60 + 45, busy_throughout=True)
"""Sixteen hours of boxes and breaks, for runs that must be fed for long."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A listed symbol as the day begins.

    Attributes
    ----------
    previous_close, first_price
        US dollars; their distance is the gap.
    trades_a_second
        Prints a second in quiet regular trading.
    minute_bps
        Typical range of an ordinary one-minute bar.
    """

    symbol: str
    previous_close: float
    first_price: float
    trades_a_second: float
    minute_bps: float


@dataclass(frozen=True, slots=True)
class Episode:
    """One compression box to plant; minutes since midnight in New York.

    Attributes
    ----------
    box_start, box_minutes
        The box covers whole minutes.
    height_bps
        Height of the box.
    run_up_minutes
        Length of the busy stretch before it.
    """

    long: bool
    ending: Ending
    box_start: int
    box_minutes: int
    height_bps: float
    run_up_minutes: int

    @property
    def begin(self) -> int:
        return self.box_start - self.run_up_minutes

    @property
    def end(self) -> int:
        """Minute after the last one that the episode prescribes."""
        return self.box_start + self.box_minutes + _AFTERMATH_MINUTES[self.ending]


_AFTERMATH_MINUTES = {Ending.TARGET: 18, Ending.STOP: 14, Ending.NO_RETEST: 16, Ending.FADE: 10, Ending.EXPIRED: 100}

_GAPPERS: Sequence[tuple[str, float, float]] = (  # symbol, yesterday's close, gap in percent
    ("ACRX", 6.12, 41.0), ("BNGO", 7.05, 28.0), ("CTRM", 6.40, 19.0), ("DPRO", 7.85, 23.0), ("EVTL", 9.30, 14.0),
    ("FRGT", 11.20, -17.0), ("GNPX", 5.15, 33.0), ("HOLO", 8.60, -22.0), ("INPX", 12.75, 12.0), ("JAGX", 14.10, -11.0),
    ("KTTA", 16.30, 9.0), ("LGVN", 18.20, 16.0),
)  # fmt: skip
_LARGE: Sequence[tuple[str, float, float]] = (
    ("AAPL", 212.40, 0.4), ("AMD", 158.20, 1.6), ("AMZN", 223.10, -0.3), ("MSFT", 498.30, 0.2),
    ("NVDA", 159.60, 1.1), ("QQQ", 551.80, 0.3), ("SPY", 620.50, 0.2), ("TSLA", 316.90, -2.1),
)  # fmt: skip

_EARLY: Sequence[tuple[str, Episode]] = (
    # The day's first boxes come at fixed minutes, so that a demo shows a complete thread soon: one breaks at the opening bell.
    ("ACRX", Episode(True, Ending.TARGET, 9 * 60 + 20, 10, 118.0, 18)),
    ("BNGO", Episode(True, Ending.TARGET, 9 * 60 + 33, 10, 120.0, 20)),
    ("FRGT", Episode(False, Ending.TARGET, 9 * 60 + 35, 12, 120.0, 20)),
    ("CTRM", Episode(True, Ending.STOP, 9 * 60 + 36, 12, 120.0, 20)),
    ("HOLO", Episode(False, Ending.STOP, 9 * 60 + 40, 14, 122.0, 20)),
    ("DPRO", Episode(True, Ending.NO_RETEST, 9 * 60 + 38, 12, 118.0, 20)),
    ("GNPX", Episode(True, Ending.FADE, 9 * 60 + 42, 20, 116.0, 20)),
)
_ENDINGS = (Ending.TARGET, Ending.STOP, Ending.TARGET, Ending.NO_RETEST, Ending.FADE, Ending.TARGET, Ending.EXPIRED)


def listings(generator: np.random.Generator) -> list[Listing]:
    """Return the day's symbols, alphabetically."""
    made = []
    for rows, rate, minute_bps in ((_GAPPERS, 0.7, 55.0), (_LARGE, 0.35, 9.0)):
        for symbol, close, gap_percent in rows:
            gap = gap_percent * (1 + 0.1 * generator.uniform(-1, 1))
            rated = rate * generator.uniform(0.8, 1.25)
            made.append(Listing(symbol, close, round(close * (1 + gap / 100), 2), rated, minute_bps * generator.uniform(0.85, 1.2)))
    return sorted(made, key=lambda listing: listing.symbol)


def gappers() -> tuple[str, ...]:
    """Return the symbols that boxes are planted in, alphabetically."""
    return tuple(sorted(symbol for symbol, _, _ in _GAPPERS))


def episodes(generator: np.random.Generator, hours: Hours = USUAL_HOURS) -> dict[str, list[Episode]]:
    """Return the episodes of each gapper, in time order and without overlap: the early ones, then a seeded row until the end."""
    planned: dict[str, list[Episode]] = {symbol: [] for symbol, _, _ in _GAPPERS}
    for symbol, episode in () if hours.busy_throughout else _EARLY:
        planned[symbol].append(episode)
    for own in planned.values():
        free_from = own[-1].end + 5 if own else hours.begin + 32 + int(generator.integers(0, 30))
        while True:
            run_up = int(generator.integers(16, 22))
            box_start = free_from + run_up + int(generator.integers(0, 15))
            episode = Episode(
                long=bool(generator.random() < 0.6),
                ending=_ENDINGS[int(generator.integers(0, len(_ENDINGS)))],
                box_start=box_start,
                box_minutes=int(generator.integers(9, 22)),
                height_bps=float(generator.uniform(105, 128)),
                run_up_minutes=run_up,
            )
            if episode.end > hours.episodes_end:
                break
            own.append(episode)
            free_from = episode.end + int(generator.integers(6, 30))
    return planned
