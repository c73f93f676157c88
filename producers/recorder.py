"""Records what a vendor sends to a feed, without publishing it: the feed's own client, log-in and subscriptions, a file in place of Kafka."""

from __future__ import annotations

import asyncio
from pathlib import Path

from infra.clock import Clock, monotonic_seconds
from infra.errors import ConfigurationError
from infra.settings import Settings
from producers.capture import Capture
from producers.source import Poll, Source, feeds

_RECEIVE_SECONDS = 0.1


async def record(feed: str, path: Path, seconds: float, settings: Settings, clock: Clock) -> int:
    """Write every payload that comes within ``seconds`` to ``path``; return how many came.

    Raises
    ------
    ConfigurationError
        If there is no such feed, or it is switched off.
    Retryable
        If the vendor is away.
    """
    spec = feeds().get(feed)
    if spec is None:
        raise ConfigurationError(f"expected a feed with a stream out of {', '.join(feeds())}; found {feed}")
    source = spec.build(settings, clock)
    try:
        if source.unavailable is not None:
            raise ConfigurationError(f"{feed}: {source.unavailable}")
        with Capture(path) as capture:
            return await _record(source, capture, monotonic_seconds() + seconds)
    finally:
        await source.close()


async def _record(source: Source, capture: Capture, until: float) -> int:
    written = 0

    async def poll(what: Poll) -> None:
        nonlocal written
        async for payload in what.fetch():
            capture.write(payload)
            written += 1

    async with source.connect() as stream:
        polls = [asyncio.create_task(poll(what)) for what in source.polls()]
        while monotonic_seconds() < until:
            payload = await stream.receive(_RECEIVE_SECONDS)
            if payload is not None:
                capture.write(payload)
                written += 1
        for task in polls:
            task.cancel()
        for outcome in await asyncio.gather(*polls, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
    return written
