"""What a demo must reach, read from ClickHouse as any user would: first bar, setup, message per tier, complete thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.clickhouse.client import ClickHouse

MILESTONES = (
    "first_bar",
    "first_setup",
    "first_premium_message",
    "first_basic_message",
    "first_free_message",
    "first_complete_thread",
)

_COUNTS = """
SELECT
    (SELECT count() FROM derived_bars) AS bars,
    (SELECT count() FROM setups_events) AS setups,
    (SELECT countIf(tier = 'PREMIUM') FROM distribution_receipts) AS premium,
    (SELECT countIf(tier = 'BASIC') FROM distribution_receipts) AS basic,
    (SELECT countIf(tier = 'FREE') FROM distribution_receipts) AS free
"""

# A thread is complete when its opening and its resolution reached every tier.
_COMPLETE_THREADS = """
SELECT resolved.setup_id
FROM (SELECT setup_id, sequence FROM setups_events_latest WHERE state = 'RESOLVED') AS resolved
INNER JOIN distribution_receipts_latest AS receipt ON receipt.setup_id = resolved.setup_id
WHERE receipt.thread_id IS NOT NULL
GROUP BY resolved.setup_id, resolved.sequence
HAVING uniqExactIf(receipt.tier, receipt.sequence = 0) = 3 AND uniqExactIf(receipt.tier, receipt.sequence = resolved.sequence) = 3
   AND max(receipt.sequence) >= 2
ORDER BY resolved.setup_id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows seen so far, and the setups whose threads are complete in all tiers."""

    counts: Mapping[str, int]
    complete_threads: Sequence[str]

    def reached(self) -> dict[str, bool]:
        """Tell each milestone of `MILESTONES`."""
        values = (
            self.counts["bars"],
            self.counts["setups"],
            self.counts["premium"],
            self.counts["basic"],
            self.counts["free"],
            len(self.complete_threads),
        )
        return {name: value > 0 for name, value in zip(MILESTONES, values, strict=True)}


def read_progress(history: ClickHouse) -> Progress:
    """Ask ClickHouse how far the run is."""
    (row,) = history.rows(_COUNTS)
    counts = dict(zip(("bars", "setups", "premium", "basic", "free"), map(int, row), strict=True))
    threads = [str(found[0]) for found in history.rows(_COMPLETE_THREADS)] if counts["free"] else []
    return Progress(counts, threads)


_LATENESS = """
SELECT tier, count(), countIf(lateness_ms < 0), quantileExact(0.99)(lateness_ms), max(lateness_ms)
FROM distribution_receipts_latest GROUP BY tier ORDER BY tier
"""


@dataclass(frozen=True, slots=True)
class TierLateness:
    """How punctual a tier was: market milliseconds after the promised moment."""

    messages: int
    early: int
    p99_market_ms: float
    max_market_ms: float


def read_lateness(history: ClickHouse) -> dict[str, TierLateness]:
    """Return the punctuality of each tier."""
    rows = history.rows(_LATENESS)
    return {str(tier): TierLateness(int(sent), int(early), float(p99), float(top)) for tier, sent, early, p99, top in rows}
