"""Planted boxes of seeded days through the market fold: recall, precision, edges.

A box was found if one that the fold made has both edges within one tick of the planted ones and more than half of its time inside. Precision is
the share of the fold's boxes that are planted ones: the others are quiet stretches that the random walk between the episodes made by itself,
or planted minutes whose edges came out otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.planted import Found, find, overlaps
from benchmarks.results import Column, Result, show
from infra.settings import Settings
from infra.vendorsim.scenario_plan import gappers
from schemas.records import Resolution

SEEDS = 200
MINUTES = 240
COLUMNS = (
    Column("seeds", "seeds", ",.0f"),
    Column("planted", "planted", ",.0f"),
    Column("seen", "seen", ".1%"),
    Column("recall", "recall", ".1%"),
    Column("boxes", "boxes", ",.0f"),
    Column("precision", "precision", ".1%"),
    Column("unplanted_in_planted", "wrong edges", ",.0f"),
)
_ROWS = (("1 and 2 minutes", (Resolution.M1, Resolution.M2)), ("1 minute", (Resolution.M1,)), ("2 minutes", (Resolution.M2,)))


@job("planted-boxes", "recall and precision of compression boxes on seeded days whose boxes are known", by_default=False, columns=COLUMNS)
def planted_boxes(options: Options) -> Sequence[Result]:
    """Play four hours of one gapper of each seeded day; each of the twelve has its turn."""
    seeds, names = options.records or SEEDS, gappers()
    found: list[Found] = []
    for seed in range(1, seeds + 1):
        found += find(seed, Settings(), MINUTES, (names[seed % len(names)],))
        if seed % 20 == 0:
            print(f"{seed} of {seeds} seeds: {_figures(seed, found, _ROWS[0][1])}", flush=True)
    rows = [
        Result("planted-boxes", label, label, checked=True, figures=_figures(seeds, found, resolutions))
        for label, resolutions in _ROWS
    ]
    show(f"planted-boxes: one gapper a seed, 09:00 to {9 + MINUTES // 60}:00, edges within a cent", COLUMNS, rows)
    return rows


def _figures(seeds: int, found: Sequence[Found], resolutions: Sequence[Resolution]) -> dict[str, float]:
    wanted = [Found(item.planted, [box for box in item.boxes if box.resolution in resolutions]) for item in found]
    planted = sum(len(item.planted) for item in wanted)
    boxes = sum(len(item.boxes) for item in wanted)
    right = sum(item.belongs(box) for item in wanted for box in item.boxes)
    inside = sum(any(overlaps(box, one) for one in item.planted) for item in wanted for box in item.boxes)
    return {
        "seeds": float(seeds),
        "planted": float(planted),
        "seen": sum(any(overlaps(box, one) for box in item.boxes) for item in wanted for one in item.planted) / max(planted, 1),
        "recall": sum(bool(item.finds(one)) for item in wanted for one in item.planted) / max(planted, 1),
        "boxes": float(boxes),
        "precision": right / max(boxes, 1),
        "unplanted_in_planted": float(inside - right),
    }
