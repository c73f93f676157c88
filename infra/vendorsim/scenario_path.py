"""One symbol's day, second by second: mid price, bounds of its prints, print rate, and prints at exact places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from infra.vendorsim.planted import Ending
from infra.vendorsim.scenario_plan import Episode, Hours, Listing

_RANGE_OF_WALK = 12.4  # range of a minute of a random walk is about 1.6 x sigma x sqrt(60)
_RUN_UP_BPS = 112.0
_SWING_SECONDS = 165  # edge to edge inside a box: a minute then covers about a third of the height
_OVERSHOOT = 1.06  # the swing aims beyond the edges, where prints are held, so that an edge shows for some seconds


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one episode, in minutes since midnight and US dollars."""

    episode: Episode
    low: float
    high: float
    retest_second: int | None
    resolved_second: int
    resolved_price: float


@dataclass(slots=True)
class SymbolDay:
    """Arrays over the seconds of the day, from the first minute of its hours."""

    listing: Listing
    mid: NDArray[np.float64]
    floor: NDArray[np.float64]
    ceiling: NDArray[np.float64]
    rate: NDArray[np.float64]
    exact_prints: dict[int, float] = field(default_factory=dict)
    """Second -> price that a round lot must print."""
    fates: list[Fate] = field(default_factory=list)


def build(listing: Listing, episodes: Sequence[Episode], generator: np.random.Generator, hours: Hours) -> SymbolDay:
    """Return the symbol's day: random walks between its episodes, prescribed paths inside them."""
    return _Builder(listing, generator, hours).build(episodes)


class _Builder:
    def __init__(self, listing: Listing, generator: np.random.Generator, hours: Hours) -> None:
        self._hours = hours
        self._random = generator
        self._price = listing.first_price
        self._second = 0
        self._day = SymbolDay(
            listing=listing,
            mid=np.empty(hours.seconds),
            floor=np.zeros(hours.seconds),
            ceiling=np.full(hours.seconds, np.inf),
            rate=np.full(hours.seconds, listing.trades_a_second),
        )

    def build(self, episodes: Sequence[Episode]) -> SymbolDay:
        for episode in episodes:
            self._walk(episode.begin, self._day.listing.minute_bps)
            self._episode(episode)
        self._walk(self._hours.end, self._day.listing.minute_bps)
        if self._hours.busy_throughout:
            return self._day
        opening, closing = (9 * 60 + 30 - self._hours.begin) * 60, (16 * 60 - self._hours.begin) * 60
        self._day.rate[:opening] *= 0.7
        self._day.rate[opening : opening + 120] *= 2.0
        self._day.rate[closing:] *= 0.08
        return self._day

    def _walk(self, until_minute: int, minute_bps: float) -> None:
        """Walk at random, pulled gently towards where it began so that a long day does not end at absurd prices."""
        seconds = (until_minute - self._hours.begin) * 60 - self._second
        if seconds <= 0:
            return
        drift = self._random.normal(0, minute_bps / 10_000 * (seconds / 60) ** 0.5 * 0.6)
        self._line(seconds, self._price * exp(float(np.clip(drift, -0.06, 0.06))), minute_bps, 1.0)

    def _line(self, seconds: int, to_price: float, minute_bps: float, rate: float) -> None:
        """Go to a price in a straight line (of logarithms) with a Brownian bridge around it."""
        steps = np.arange(1, seconds + 1) / seconds
        line = log(self._price) + (log(to_price) - log(self._price)) * steps
        noise = np.cumsum(self._random.normal(0, minute_bps / 10_000 / _RANGE_OF_WALK, seconds))
        part = slice(self._second, self._second + seconds)
        self._day.mid[part] = np.exp(line + noise - noise[-1] * steps)
        self._day.rate[part] *= rate
        self._second += seconds
        self._price = to_price

    def _hold(self, seconds: int, floor: float = 0.0, ceiling: float = np.inf) -> None:
        """Bound the prints of the last ``seconds``."""
        part = slice(self._second - seconds, self._second)
        self._day.floor[part], self._day.ceiling[part] = floor, ceiling

    def _print_exactly(self, price: float) -> None:
        self._day.exact_prints[self._second - 1] = price

    def _episode(self, episode: Episode) -> None:
        low, high = self._run_up(episode)
        self._box(episode, low, high)
        height, sign = high - low, 1.0 if episode.long else -1.0
        edge = high if episode.long else low
        retest: int | None = None
        if episode.ending is Ending.FADE:
            self._line(180, edge + sign * 0.7 * height, 12.0, 0.12)
            self._line(420, edge + sign * 0.9 * height, 15.0, 0.2)
            resolved = self._second
        else:
            self._line(50, edge + sign * 0.45 * height, 20.0, 6.0)  # the break, on volume
            self._line(10, edge + sign * 0.5 * height, 5.0, 5.0)
            if episode.ending is Ending.NO_RETEST:
                self._line(600, edge + sign * 3.0 * height, 35.0, 2.5)
                resolved = self._second
                self._line(300, edge + sign * 2.8 * height, 30.0, 1.5)
            else:
                retest = self._retest(edge, sign, height)
                resolved = self._after_retest(episode, edge, sign, height)
        fate = Fate(episode, low, high, retest, resolved, round(float(self._day.mid[resolved - 1]), 2))
        self._day.fates.append(fate)

    def _run_up(self, episode: Episode) -> tuple[float, float]:
        """Rise (or fall) on wide bars and choose the edges of the box that follows, in whole cents."""
        sign = 1.0 if episode.long else -1.0
        middle = self._price * exp(sign * self._random.uniform(0.0028, 0.0042) * episode.run_up_minutes)
        half = middle * episode.height_bps / 20_000
        low, high = round(middle - half, 2), round(middle + half, 2)
        start = (low + 0.15 * (high - low)) if episode.long else (high - 0.15 * (high - low))
        self._line(episode.run_up_minutes * 60, start, _RUN_UP_BPS, 2.2)
        return low, high

    def _box(self, episode: Episode, low: float, high: float) -> None:
        """Swing between the edges and end at the one that breaks."""
        seconds = episode.box_minutes * 60
        middle, half = (low + high) / 2, (high - low) / 2 * _OVERSHOOT
        # An odd number of half swings leads from the far edge, where the run-up ended, to the edge that breaks.
        swings = max(3, 2 * round((seconds / _SWING_SECONDS - 1) / 2) + 1)
        left = seconds
        upwards = episode.long
        for swing in range(swings):
            length = left // (swings - swing)
            self._line(length, middle + (half if upwards else -half), 8.0, 0.7)
            self._hold(length, low, high)
            self._print_exactly(high if upwards else low)
            left -= length
            upwards = not upwards
        # The first swing leaves from near the far edge; let that edge be printed within the first minute.
        far_edge, second = (low if episode.long else high), self._second - seconds + 20
        self._day.mid[second - 5 : second + 3] = far_edge
        self._day.exact_prints[second] = far_edge

    def _retest(self, edge: float, sign: float, height: float) -> int:
        """Run on a little, come back to the edge, hold there, and turn; return the second of the touch."""
        self._line(110, edge + sign * 0.8 * height, 18.0, 3.0)
        self._line(10, edge + sign * 0.78 * height, 5.0, 2.0)
        self._line(150, edge + sign * 0.01 * height, 14.0, 1.2)
        floor, ceiling = (edge, np.inf) if sign > 0 else (0.0, edge)
        self._hold(150, floor, ceiling)
        self._print_exactly(edge)
        touched = self._second
        self._line(30, edge + sign * 0.2 * height, 8.0, 2.0)
        self._hold(30, floor, ceiling)
        return touched

    def _after_retest(self, episode: Episode, edge: float, sign: float, height: float) -> int:
        if episode.ending is Ending.TARGET:
            self._line(540, edge + sign * 2.6 * height, 30.0, 2.5)
            resolved = self._second
            self._line(180, edge + sign * 2.5 * height, 35.0, 1.2)
        elif episode.ending is Ending.STOP:
            self._line(60, edge + sign * 0.3 * height, 14.0, 1.2)
            self._line(300, edge - sign * 1.6 * height, 30.0, 2.5)
            resolved = self._second
            self._line(120, edge - sign * 1.5 * height, 35.0, 1.2)
        else:
            still = (episode.end - self._hours.begin) * 60 - self._second
            for part in range(4):
                self._line(still // 4, edge + sign * (0.25 if part % 2 else 0.5) * height, 14.0, 0.6)
            resolved = self._second
        return resolved
