"""HTTP sessions: a handle each, one request at a time, gone after their time-out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from infra.local.clickhouse_http.engine import Engine, Handle
from infra.local.clickhouse_http.wire_error import SESSION_IS_LOCKED, SESSION_NOT_FOUND, WireError


@dataclass(slots=True)
class _Session:
    handle: Handle
    expires: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """The sessions of a server.

    Parameters
    ----------
    engine
        Gives each session its handle.
    monotonic
        Seconds that pace the time-outs; they decide nothing about data.
    """

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._sessions: dict[str, _Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    @asynccontextmanager
    async def hold(self, session_id: str, seconds: float, must_exist: bool) -> AsyncIterator[Handle]:
        """Lend the session's handle for one request.

        Raises
        ------
        WireError
            When another request holds the session, or it does not exist and had to.
        """
        self.expire()
        session = self._sessions.get(session_id)
        if session is None:
            if must_exist:
                raise WireError(SESSION_NOT_FOUND, f"Session {session_id} not found", "SESSION_NOT_FOUND")
            session = self._sessions[session_id] = _Session(self._engine.open())
        if session.lock.locked():
            raise WireError(SESSION_IS_LOCKED, f"Session {session_id} is locked by a concurrent client", "SESSION_IS_LOCKED")
        async with session.lock:
            try:
                yield session.handle
            finally:
                session.expires = self._monotonic() + seconds

    def expire(self) -> None:
        """Close the sessions that nobody used for as long as they asked to be kept."""
        now = self._monotonic()
        for session_id, session in list(self._sessions.items()):
            if not session.lock.locked() and session.expires <= now:
                del self._sessions[session_id]
                session.handle.close()

    def close(self) -> None:
        """Close all of them."""
        for session in self._sessions.values():
            session.handle.close()
        self._sessions.clear()
