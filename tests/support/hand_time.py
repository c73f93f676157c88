"""Monotonic seconds that a test sets."""

from __future__ import annotations


class HandTime:
    """Stands in for `infra.clock.monotonic_seconds`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now
