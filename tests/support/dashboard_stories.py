"""The symbols of the seeded day: where their prices went, and what became of their setups."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.records import Resolution, SetupOutcome, SetupState, Side

SECOND = 1_000_000
MINUTE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Story:
    """One symbol's last hours: (minutes before now, price) points, and the setup's history as (minutes before now, state)."""

    symbol: str
    side: Side
    points: tuple[tuple[float, float], ...]
    noise: float
    box: tuple[float, float, float, float] | None = None  # minutes before now: start, end; high, low
    states: tuple[tuple[float, SetupState], ...] = ()
    outcome: SetupOutcome | None = None
    resolution: Resolution = Resolution.M1


ARMED, PRIMED, ACTIVE, RESOLVED = SetupState.ARMED, SetupState.PRIMED, SetupState.ACTIVE, SetupState.RESOLVED
STORIES = (
    Story("BCRX", Side.LONG, ((120, 5.62), (95, 6.05), (70, 6.31), (52, 6.36), (24, 6.38), (21, 6.49), (12, 6.43), (5, 6.55), (0, 6.61)), 0.012,
          (62, 24, 6.42, 6.31), ((40, ARMED), (21, PRIMED), (11, ACTIVE))),
    Story("NVAX", Side.LONG, ((120, 17.1), (80, 18.4), (50, 18.9), (5, 18.86), (0, 18.93)), 0.03, (48, 3, 19.02, 18.74), ((26, ARMED),)),
    Story("SRNE", Side.SHORT, ((120, 4.85), (70, 4.52), (45, 4.41), (9, 4.39), (0, 4.36)), 0.008, (50, 4, 4.44, 4.33), ((31, ARMED),)),
    Story("INO", Side.LONG, ((120, 7.6), (75, 8.1), (40, 8.22), (6, 8.21), (0, 8.24)), 0.012, (41, 2, 8.28, 8.17), ((12, ARMED),)),
    Story("GNUS", Side.LONG, ((120, 1.21), (60, 1.36), (33, 1.39), (9, 1.39), (6, 1.45), (0, 1.43)), 0.006,
          (35, 8, 1.41, 1.37), ((19, ARMED), (7, PRIMED))),
    Story("TTNP", Side.SHORT, ((120, 0.4121), (60, 0.3655), (30, 0.3581), (9, 0.3573), (5, 0.3489), (0, 0.3502)), 0.0008,
          (33, 9, 0.3612, 0.3544), ((15, ARMED), (6, PRIMED)), None, Resolution.M2),
    Story("MRNA", Side.SHORT, ((120, 36.9), (60, 35.2), (40, 34.8), (20, 34.75), (17, 34.2), (9, 34.5), (0, 34.05)), 0.05,
          (44, 20, 35.02, 34.58), ((30, ARMED), (17, PRIMED), (8, ACTIVE))),
    Story("AMC", Side.LONG, ((120, 2.1), (90, 2.31), (70, 2.33), (64, 2.39), (58, 2.35), (40, 2.55), (0, 2.51)), 0.006,
          (92, 66, 2.35, 2.29), ((80, ARMED), (65, PRIMED), (57, ACTIVE), (41, RESOLVED)), SetupOutcome.TARGET),
    Story("XOM", Side.LONG, ((120, 41.2), (60, 41.55), (50, 41.8), (44, 41.6), (30, 41.1), (0, 40.9)), 0.04,
          (90, 51, 41.72, 41.4), ((70, ARMED), (50, PRIMED), (43, ACTIVE), (33, RESOLVED)), SetupOutcome.STOP),
    Story("UAL", Side.SHORT, ((120, 29.1), (60, 28.7), (0, 29.3)), 0.05, (100, 60, 29.0, 28.5), ((75, ARMED), (18, RESOLVED)),
          SetupOutcome.INVALIDATED),
    Story("F", Side.LONG, ((120, 5.1), (60, 5.16), (0, 5.14)), 0.006, (110, 70, 5.2, 5.12), ((85, ARMED), (25, RESOLVED)), SetupOutcome.EXPIRED),
    Story("TSLA", Side.LONG, ((120, 712.0), (60, 731.5), (0, 744.2)), 0.9),
    Story("SPY", Side.LONG, ((120, 276.4), (60, 277.9), (0, 278.3)), 0.12),
)  # fmt: skip
