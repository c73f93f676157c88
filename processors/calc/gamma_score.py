"""Whether what a model of dealers' positions said of the next day came true."""

from __future__ import annotations

from typing import NamedTuple


class DayPrices(NamedTuple):
    """A session, US dollars."""

    open: float
    high: float
    low: float
    close: float


class Verdict(NamedTuple):
    """None where the model said nothing that can be judged."""

    calm_was_right: bool | None
    walls_held: bool | None
    flip_side_held: bool | None


def judge(
    day: DayPrices, spot: float, gamma: float, *, flip: float | None, call_wall: float | None, put_wall: float | None, move: float | None
) -> Verdict:
    """Return the verdict on what was said at ``spot`` the evening before.

    Source: the claims as SqueezeMetrics, "The Implied Order Book" (2020), makes them: positive gamma damps moves, negative gamma feeds them; walls
    hold price. A day is calm when its close lies within one standard deviation, ``move``, of the evening's price.
    """
    calm = None if move is None or gamma == 0 else (abs(day.close - spot) <= move) == (gamma > 0)
    inside = call_wall is not None and put_wall is not None and put_wall <= spot <= call_wall
    held = day.low >= put_wall and day.high <= call_wall if inside and call_wall is not None and put_wall is not None else None
    side = None if flip is None or flip == spot else (day.close > flip) == (spot > flip)
    return Verdict(calm, held, side)
