"""Decides when a waiting record is due: never early, and how long to wait otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from infra.clock import MICROSECONDS, Clock

_LONGEST_WAIT_SECONDS = 1.0  # DIS-04: the queue is looked at this often at least, whatever the clock does


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a record may go out.

    Attributes
    ----------
    now
        True when it may.
    wait_seconds
        Real seconds until it is worth looking again; 0 when it is due.
    """

    now: bool
    wait_seconds: float


def due(not_before: int, clock: Clock, clock_ahead_ms: float = 0.0) -> Due:
    """Say whether the moment ``not_before`` (market microseconds) has come.

    Parameters
    ----------
    clock_ahead_ms
        Real milliseconds by which our clock is known to run ahead of the broker's; that much longer is waited.
    """
    ahead_seconds = max(clock_ahead_ms, 0.0) / 1_000
    one_real_second = clock.real_seconds(1.0)
    ahead_us = math.ceil(ahead_seconds / one_real_second * MICROSECONDS) if one_real_second > 0 else 0
    left_us = not_before + ahead_us - clock.now_us()
    if left_us <= 0:
        return Due(True, 0.0)
    return Due(False, min(clock.real_seconds(left_us / MICROSECONDS), _LONGEST_WAIT_SECONDS))


def skew_ms(sent_us: int, appended_ms: int, acknowledged_us: int) -> float:
    """Return our clock minus the broker's in milliseconds, as little as the measurement proves.

    The broker stamped a record somewhere between our ``sent_us`` and ``acknowledged_us``, with a stamp cut to whole milliseconds.
    When the stamp lies between the two there is no proof of any difference and the answer is 0; network and scheduling
    delays can therefore never look like a wrong clock.
    """
    earliest_us, latest_us = appended_ms * 1_000, appended_ms * 1_000 + 999
    if latest_us < sent_us:
        return (sent_us - latest_us) / 1_000
    if earliest_us > acknowledged_us:
        return (acknowledged_us - earliest_us) / 1_000
    return 0.0
