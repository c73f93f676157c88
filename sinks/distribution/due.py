"""Decides when a waiting record is due, never early, and what a comparison of two clocks proves."""

from __future__ import annotations

import math

from infra.clock import MICROSECONDS, Clock


def due_at(not_before: int, clock: Clock, clock_ahead_ms: float = 0.0) -> int:
    """Return the market time (microseconds) at which a record may go out.

    Parameters
    ----------
    not_before
        The promise in the record.
    clock_ahead_ms
        Real milliseconds by which our clock is known to run ahead of the broker's; that much longer is waited, in the
        market time that passes meanwhile.
    """
    one_market_second = clock.real_seconds(1.0)
    if clock_ahead_ms <= 0 or one_market_second <= 0:
        return not_before
    return not_before + math.ceil(clock_ahead_ms / 1_000 / one_market_second * MICROSECONDS)


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
