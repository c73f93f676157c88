"""Figures of runs at a pace, for those jobs that have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.paced_run import PacedRun
from benchmarks.results import Column

PACE_COLUMNS = (
    Column("rate", "records/s", ",.0f"),
    Column("p50_ms", "p50 ms", ".1f"),
    Column("p99_ms", "p99 ms", ".1f"),
    Column("lowest_p99_ms", "lowest p99", ".1f"),
    Column("highest_p99_ms", "highest p99", ".1f"),
    Column("cpu_percent", "CPU %", ".1f"),
    Column("idle_cpu_percent", "idle CPU %", ".1f"),
)


@dataclass(frozen=True, slots=True)
class Paced:
    """One run: seconds from sending to seeing, processor use in shares of a core, and what the outputs were worth."""

    is_right: bool
    verdict: str
    p50: float
    p99: float
    cpu: float
    idle_cpu: float

    @classmethod
    def of(cls, run: PacedRun, delays: NDArray[np.float64], *, is_right: bool, verdict: str) -> Paced:
        p50, p99 = np.percentile(delays, [50, 99]) if len(delays) else (np.nan, np.nan)
        return cls(is_right, verdict, float(p50), float(p99), run.cpu, run.idle_cpu)

    def __str__(self) -> str:
        if not self.is_right:
            return self.verdict
        return f"p50 {self.p50 * 1e3:.1f} ms, p99 {self.p99 * 1e3:.1f} ms, CPU {self.cpu:.1%}, idle {self.idle_cpu:.1%}, {self.verdict}"


def fault_of(runs: Sequence[Paced | str]) -> str | None:
    """Return what was wrong with the first run that was not right (a text is a run that failed)."""
    for run in runs:
        if isinstance(run, str):
            return run
        if not run.is_right:
            return run.verdict
    return None


def pace_figures(rate: int, runs: Sequence[Paced | str]) -> dict[str, float]:
    """Return the medians of runs that were right."""
    right = [run for run in runs if isinstance(run, Paced)]
    return {
        "rate": float(rate),
        "p50_ms": median(run.p50 for run in right) * 1e3,
        "p99_ms": median(run.p99 for run in right) * 1e3,
        "lowest_p99_ms": min(run.p99 for run in right) * 1e3,
        "highest_p99_ms": max(run.p99 for run in right) * 1e3,
        "cpu_percent": median(run.cpu for run in right) * 100,
        "idle_cpu_percent": median(run.idle_cpu for run in right) * 100,
    }
