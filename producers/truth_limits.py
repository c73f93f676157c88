"""What a feed is forgiven before it counts as bad."""

from __future__ import annotations

from dataclasses import dataclass

from infra.settings import TruthSettings


@dataclass(frozen=True, slots=True)
class TruthLimits:
    """Tolerances of one feed; all times are real.

    Attributes
    ----------
    settings
        Tolerances of every feed.
    speaks_within_seconds
        Longest silence of the whole feed in the regular session; None: it may be silent.
    millisecond_us
        Market microseconds a real millisecond.
    """

    settings: TruthSettings
    speaks_within_seconds: float | None = None
    millisecond_us: float = 1_000.0
