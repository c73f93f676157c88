"""Starts before the broker or the registry is up: waits for them instead of failing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from infra.errors import Retryable
from infra.retry import Backoff
from infra.unit import UnitContext

AnswerT = TypeVar("AnswerT")


async def until_answered(context: UnitContext, unit_name: str, call: Callable[[], AnswerT]) -> AnswerT:
    """Run a blocking call in a thread, again and again while it raises `Retryable`; return its answer.

    Raises
    ------
    Retryable
        The last one, when the unit is told to stop meanwhile.
    """
    backoff = Backoff(cap_seconds=5.0)
    while True:
        try:
            return await asyncio.to_thread(call)
        except Retryable as error:
            if context.stop.is_set():
                raise
            context.health.report(unit_name, detail=f"waiting: {error}")
            await asyncio.sleep(backoff.next_seconds(error.retry_after_seconds))
