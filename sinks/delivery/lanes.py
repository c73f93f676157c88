"""Order without waiting for each other: the deliveries of one setup to one address follow one another, all others run beside."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from sinks.delivery.delivery import Delivery, ThreadKey


class Lanes:
    """Runs deliveries; use it from the event loop.

    Parameters
    ----------
    complete
        Brings one delivery to its end; raises only when the process must end.
    finished
        Called after each.
    failed
        Called with what `complete` raised.
    """

    def __init__(
        self,
        complete: Callable[[Delivery], Awaitable[None]],
        finished: Callable[[Delivery], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._complete = complete
        self._finished = finished
        self._failed = failed
        self._waiting: dict[ThreadKey, deque[Delivery]] = {}
        self._tasks: dict[ThreadKey, asyncio.Task[None]] = {}
        self._closing = False

    @property
    def busy(self) -> int:
        """Number of setups and addresses with work."""
        return len(self._tasks)

    def add(self, delivery: Delivery) -> None:
        """Queue a delivery behind those of its setup and address."""
        key = delivery.thread_key
        self._waiting.setdefault(key, deque()).append(delivery)
        if key not in self._tasks and not self._closing:
            self._tasks[key] = asyncio.create_task(self._run(key))

    async def close(self, grace_seconds: float) -> None:
        """Let what is being sent end, for so long; begin nothing new."""
        self._closing = True
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_seconds)
            for task in late:  # its message may be out: the next process sends it again with the same nonce
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, key: ThreadKey) -> None:
        waiting = self._waiting[key]
        try:
            while waiting and not self._closing:
                delivery = waiting[0]
                await self._complete(delivery)
                waiting.popleft()
                self._finished(delivery)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._closing = True
            self._failed(error)
        finally:
            self._tasks.pop(key, None)
            if not waiting:
                self._waiting.pop(key, None)
