"""Starts before the broker or the registry is up: waits for them instead of failing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.logging_setup import logger
from infra.retry import Backoff
from infra.unit import UnitContext

AnswerT = TypeVar("AnswerT")
_CAP_SECONDS = 5.0
_LOOK_FOR_STOP_SECONDS = 0.2
log = logger(__name__)


async def until_answered(context: UnitContext, unit_name: str, call: Callable[[], AnswerT]) -> AnswerT:
    """Run a blocking call in a thread, again and again while it raises `Retryable`; return its answer.

    Raises
    ------
    Retryable
        The last one, when the unit is told to stop meanwhile.
    """
    return await until_done(context, unit_name, lambda: asyncio.to_thread(call))


async def until_done(context: UnitContext, unit_name: str, attempt: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
    """Do the same as `until_answered` with an asynchronous call."""
    backoff = Backoff(cap_seconds=_CAP_SECONDS)
    while True:
        try:
            return await attempt()
        except Retryable as error:
            if context.stop.is_set():
                raise
            await asyncio.sleep(_told(context, unit_name, backoff, error))


def answer_of(context: UnitContext, unit_name: str, call: Callable[[], AnswerT]) -> AnswerT:
    """Do the same as `until_answered` in the calling thread."""
    backoff = Backoff(cap_seconds=_CAP_SECONDS)
    while True:
        try:
            return call()
        except Retryable as error:
            deadline = monotonic_seconds() + _told(context, unit_name, backoff, error)
            while (left := deadline - monotonic_seconds()) > 0:
                if context.stop.is_set():
                    raise
                threading.Event().wait(min(left, _LOOK_FOR_STOP_SECONDS))


def _told(context: UnitContext, unit_name: str, backoff: Backoff, error: Retryable) -> float:
    """Say what is waited for; return how long."""
    seconds = backoff.next_seconds(error.retry_after_seconds)
    context.health.report(unit_name, detail=f"waiting: {error}")
    log.warning("unit_waits", unit=unit_name, seconds=round(seconds, 2), error=str(error))
    return seconds
