"""Market time at a pace of its own, whether or not the feed keeps up, and what the feed left out because of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from infra.clock import MICROSECONDS, ManualClock
from infra.metrics.metric import REGISTRY

_STEP_SECONDS = 0.001
_SKIPS = "tapewire_rest_skips"


async def run_at(clock: ManualClock, speed: float, end_us: int) -> None:
    """Let time pass ``speed`` times as fast as the wall clock, in steps between the turns of the event loop, and wait for nobody.

    Within a turn it stands: what an answer's payload and its records say of the time is the same, so that they can be made again from the payload.
    """
    began, start_us = time.monotonic(), clock.now_us()
    while clock.now_us() < end_us:
        await asyncio.sleep(_STEP_SECONDS)
        clock.microseconds = min(end_us, start_us + round((time.monotonic() - began) * speed * MICROSECONDS))


def skipped_calls() -> Counter[tuple[str, str]]:
    """Return how many calls this process has left out, by endpoint and reason."""
    families = (family for family in REGISTRY.collect() if family.name == _SKIPS)
    samples = (sample for family in families for sample in family.samples if sample.name == f"{_SKIPS}_total")
    return Counter({(sample.labels["endpoint"], sample.labels["reason"]): round(sample.value) for sample in samples})
