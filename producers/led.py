"""A feed of which several processes may run: one works, the others stand by and take over when it dies (IBK-37)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from infra.errors import Retryable
from infra.kafka.leadership import Leadership
from infra.logging_setup import logger
from infra.metrics import listed
from infra.unit import UnitContext
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream

_LOOK_SECONDS = 0.2
log = logger(__name__)
Work = Callable[[UnitContext, Leadership], Awaitable[None]]


async def run_led(name: str, context: UnitContext, lease_seconds: float, work: Work) -> None:
    """Do ``work`` while this process leads; each time anew, from what is on the topics then."""
    leadership = Leadership(context.settings.kafka, name, lease_seconds)
    keeper = asyncio.create_task(leadership.keep(), name="leadership")
    stopped = asyncio.create_task(context.stop.wait(), name="stop")
    try:
        while not context.stop.is_set():
            context.health.report(name, ready=True, detail="stands by: another process leads")
            listed.FEED_AGE.of(name).clear()
            if not await _until(leadership, True, keeper, stopped):
                return
            log.info("feed_leads", feed=name)
            own = replace(context, stop=asyncio.Event())
            job = asyncio.ensure_future(work(own, leadership))
            lost = asyncio.create_task(_until(leadership, False, keeper, stopped))
            try:
                await asyncio.wait((job, lost), return_when=asyncio.FIRST_COMPLETED)
            finally:
                own.stop.set()
                lost.cancel()
            await job
            if not context.stop.is_set():
                log.warning("feed_leads_no_more", feed=name)
    finally:
        for task in (keeper, stopped):
            task.cancel()
        for outcome in await asyncio.gather(keeper, stopped, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def _until(leadership: Leadership, held: bool, keeper: asyncio.Task[None], stopped: asyncio.Task[bool]) -> bool:
    """Wait until this process leads, or does not; False when there is nothing to wait for any more."""
    while leadership.held is not held:
        leadership.changed.clear()
        change = asyncio.create_task(leadership.changed.wait())
        # Looked at now and then: a lease runs out by itself while the broker does not answer.
        await asyncio.wait((change, keeper, stopped), timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        change.cancel()
        if keeper.done() or stopped.done():
            return False
    return True


class LedSource:
    """A source that gives nothing away once its process does not lead any more."""

    def __init__(self, source: Source, leadership: Leadership) -> None:
        self._source, self._leadership = source, leadership

    @property
    def unavailable(self) -> str | None:
        return self._source.unavailable

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        return self._connect()

    def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        return self._source.history(start_us, end_us, symbols)

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        return self._source.parse(payload, stamps)

    def polls(self) -> Sequence[Poll]:
        return self._source.polls()

    async def close(self) -> None:
        await self._source.close()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Stream]:
        async with self._source.connect() as stream:
            yield _LedStream(stream, self._leadership)


class _LedStream:
    def __init__(self, stream: Stream, leadership: Leadership) -> None:
        self._stream, self._leadership = stream, leadership

    @property
    def complete_until_us(self) -> int | None:
        return self._stream.complete_until_us

    @property
    def detail(self) -> str | None:
        return self._stream.detail

    async def receive(self, timeout_seconds: float) -> Payload | None:
        payload = await self._stream.receive(timeout_seconds)
        if payload is not None and not self._leadership.held:
            raise Retryable("expected to lead, found that the lease is over: another process may have taken over")
        return payload
