"""What every simulated vendor with a socket has beside its paths: its open connections, and the door through which faults are ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web

Commit = Callable[[dict[str, Any]], int]
"""Takes ``{"fault": ..., ...}``, returns how many connections it met; raises `ValueError` for a fault it does not know."""

DOORS: web.AppKey[dict[str, Commit]] = web.AppKey("doors", dict)
"""Where incidents come in: the fault order of a simulated vendor, by its name."""


class Connection(Protocol):
    """One client of a vendor."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with the client until either side leaves."""

    async def close(self) -> None:
        """Send the client away."""


ConnectionT = TypeVar("ConnectionT", bound=Connection)


class OpenConnections(Generic[ConnectionT]):
    """The clients of one vendor, each as long as it is served; when the application ends they are sent away."""

    def __init__(self, app: web.Application) -> None:
        self._open: set[ConnectionT] = set()
        app.on_shutdown.append(self._close)

    def __iter__(self) -> Iterator[ConnectionT]:
        return iter(list(self._open))

    async def serve(self, connection: ConnectionT, request: web.Request) -> web.StreamResponse:
        """Serve a new client."""
        self._open.add(connection)
        try:
            return await connection.serve(request)
        finally:
            self._open.discard(connection)

    async def _close(self, _: web.Application) -> None:
        for connection in self:
            await connection.close()


def add_fault_door(app: web.Application, prefix: str, commit: Commit) -> None:
    """Let ``app`` carry out the orders that come with ``POST <prefix>/faults``."""

    async def fault(request: web.Request) -> web.Response:
        try:
            return web.json_response({"connections": commit(await request.json())})
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    app.router.add_post(f"{prefix}/faults", fault)
