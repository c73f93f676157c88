"""The HTTP server: authenticates, runs each statement on the right handle, answers."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from aiohttp import web

from infra.local.clickhouse_http.answer import Answer
from infra.local.clickhouse_http.credentials import Credentials
from infra.local.clickhouse_http.engine import Engine, Handle, QueryResult, Stream, is_streamable
from infra.local.clickhouse_http.request import Request, read_request
from infra.local.clickhouse_http.sessions import Sessions
from infra.local.clickhouse_http.wire_error import WireError

_T = TypeVar("_T")
_THREADS = 32  # a statement that runs holds one
_APPEND_BYTES = 1 << 20
_SPOOL_BYTES = 32 << 20
_SWEEP_SECONDS = 1.0


class ClickHouseServer:
    """ClickHouse's HTTP interface over the embedded engine.

    Parameters
    ----------
    engine
        Opened by the caller, who closes it after the server has stopped.
    credentials
        The one account.
    """

    def __init__(self, engine: Engine, credentials: Credentials) -> None:
        self._engine = engine
        self._credentials = credentials
        self._sessions = Sessions(engine)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="engine")

    def runner(self) -> web.AppRunner:
        """Return the runner; bodies must reach the server as they came, so it does not decompress them."""
        application = web.Application(client_max_size=1 << 40)
        application.router.add_get("/ping", _ok)
        application.router.add_get("/replicas_status", _ok)
        application.router.add_route("*", "/", self._serve)
        application.cleanup_ctx.append(self._lifetime)
        return web.AppRunner(
            application, auto_decompress=False, access_log=None, handler_cancellation=True, shutdown_timeout=2.0
        )

    async def _lifetime(self, _application: web.Application) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(self._sweep())
        yield
        sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper
        self._threads.shutdown(wait=True)
        self._sessions.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self._sessions.expire()

    async def _serve(self, http_request: web.Request) -> web.StreamResponse:
        if http_request.method == "GET" and not http_request.query_string:
            return await _ok(http_request)
        answer = Answer(http_request.query.get("query_id") or str(uuid.uuid4()), self._engine.timezone)
        try:
            self._credentials.check(http_request.headers, http_request.query)
            request = await read_request(http_request)
            async with self._handle_for(request) as handle:
                if request.statement.insert_format is not None:
                    return answer.complete(await self._insert(request, handle), None, "")
                if _can_stream(request):
                    pieces = await self._started(request, handle)
                    return await answer.stream(http_request, pieces, request.output_format, request.accept_encoding)
                result = await self._in_thread(
                    functools.partial(handle.query, request.text, request.output_format, request.parameters.bound)
                )
                shown_format = request.output_format if request.returns_rows else None
                return answer.complete(result, shown_format, request.accept_encoding)
        except WireError as error:
            return answer.error(error, self._engine.version)

    @asynccontextmanager
    async def _handle_for(self, request: Request) -> AsyncIterator[Handle]:
        parameters = request.parameters
        if not parameters.session_id:
            async with self._thrown_away(self._engine.open, request) as handle:
                yield handle
            return
        async with self._sessions.hold(
            parameters.session_id, parameters.session_seconds, parameters.session_must_exist
        ) as session_handle:
            if request.external_tables or "readonly" in parameters.settings:
                # `readonly` cannot be taken back, and a request's tables are its own.
                fork = functools.partial(self._engine.fork, session_handle)
                async with self._thrown_away(fork, request) as handle:
                    yield handle
                return
            if not parameters.settings and not parameters.database:
                yield session_handle
                return
            remembered = await self._in_thread(session_handle.remember)
            try:
                await self._in_thread(functools.partial(_prepare, session_handle, request))
                yield session_handle
            finally:
                names = list(parameters.settings)
                await self._in_thread(functools.partial(session_handle.restore, remembered, names))

    @asynccontextmanager
    async def _thrown_away(self, make: Callable[[], Handle], request: Request) -> AsyncIterator[Handle]:
        handle = await self._in_thread(make)
        try:
            await self._in_thread(functools.partial(_prepare, handle, request))
            yield handle
        finally:
            await self._in_thread(handle.close)

    async def _insert(self, request: Request, handle: Handle) -> QueryResult:
        insert_format = request.statement.insert_format or ""
        insert = await self._in_thread(functools.partial(handle.insert, request.text, insert_format, request.statement.source_place))
        try:
            waiting = bytearray()
            async for piece in request.data:
                waiting += piece
                if len(waiting) >= _APPEND_BYTES:
                    await self._in_thread(functools.partial(insert.append, bytes(waiting)))
                    waiting.clear()
            await self._in_thread(functools.partial(insert.append, bytes(waiting)))
        except BaseException:
            with suppress(WireError):
                await self._in_thread(insert.cancel)
            raise
        return await self._in_thread(insert.finish)

    async def _started(self, request: Request, handle: Handle) -> AsyncIterator[bytes]:
        """Start a SELECT and wait for its first piece: most errors show there, while the status can still tell."""
        start = functools.partial(handle.stream, request.text, request.output_format, request.parameters.bound)
        stream = await self._in_thread(start)
        try:
            first = await self._in_thread(stream.fetch)
            if request.parameters.wait_end_of_query:
                return await self._spooled(stream, first)
        except BaseException:
            with suppress(WireError):
                await self._in_thread(stream.close)
            raise
        return self._pieces(stream, first)

    async def _pieces(self, stream: Stream, piece: bytes) -> AsyncIterator[bytes]:
        try:
            while piece:
                yield piece
                piece = await self._in_thread(stream.fetch)
        finally:
            with suppress(WireError):
                await self._in_thread(stream.close)

    async def _spooled(self, stream: Stream, first: bytes) -> AsyncIterator[bytes]:
        spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 closed by the generator
        async for piece in self._pieces(stream, first):
            spool.write(piece)
        spool.seek(0)

        async def pieces() -> AsyncIterator[bytes]:
            with spool:
                while piece := spool.read(_APPEND_BYTES):
                    yield piece

        return pieces()

    async def _in_thread(self, call: Callable[[], _T]) -> _T:
        """Run a blocking engine call; when the request is cancelled, wait for the call before its handle is closed."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, call)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            with suppress(Exception):
                await future
            raise


async def _ok(_request: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


def _can_stream(request: Request) -> bool:
    is_select = request.statement.verb in {"SELECT", "WITH"} and not request.statement.has_totals
    return is_select and is_streamable(request.output_format)


def _prepare(handle: Handle, request: Request) -> None:
    """Give a handle what the request brings: database, settings, tables; `readonly` last, since it forbids the rest."""
    if request.parameters.database:
        handle.use(request.parameters.database)
    settings = request.parameters.settings
    handle.set_all({name: value for name, value in settings.items() if name != "readonly"})
    for table in request.external_tables:
        table.create_on(handle)
    if "readonly" in settings:
        handle.set_all({"readonly": settings["readonly"]})
