"""Runs a blocking loop beside the event loop, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


async def run_in_thread(name: str, work: Callable[[], None], stop: Callable[[], None]) -> None:
    """Run ``work`` until it returns; when the caller is cancelled, call ``stop`` and wait for it to end.

    The default executor of asyncio has few threads, which loops that never end would use up.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def main() -> None:
        outcome: BaseException | None = None
        try:
            work()
        except BaseException as error:
            outcome = error
        loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=main, name=name, daemon=True).start()
    try:
        await asyncio.shield(done)
    except asyncio.CancelledError:
        stop()
        await done
        raise
