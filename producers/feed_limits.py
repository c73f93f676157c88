"""What the supervisor must know of a vendor's settings, whichever vendor it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Tolerances of one feed.

    Attributes
    ----------
    future_tolerance_seconds
        A record further ahead of the clock, in market seconds, is a dead letter.
    quiet_seconds
        Real seconds without data after which the watermark follows the clock.
    backoff_cap_seconds
        Longest wait between two connection attempts.
    first_start_minutes
        A feed that never ran first fetches so many minutes.
    capture_path
        File that records every payload; empty records nothing.
    speaks_within_seconds
        Real seconds of the regular session in which a watermarked topic must have something; None: it may be silent.
    delay_seconds
        By so much the vendor's plan holds its data back: every record is stamped with it, and freshness counts from there.
    lease_seconds
        Several processes may run the feed; one leads, another takes over when it was silent for so many real seconds. 0: no election.
    audited_symbols
        Symbols of whose prints the volume is compared with the vendor's bars; None: all that have bars.
    """

    future_tolerance_seconds: float = 60.0
    quiet_seconds: float = 1.0
    backoff_cap_seconds: float = 15.0
    first_start_minutes: float = 0.0
    capture_path: str = ""
    speaks_within_seconds: float | None = None
    delay_seconds: int = 0
    lease_seconds: float = 0.0
    audited_symbols: frozenset[str] | None = None
