"""ING-12: a feed that cannot keep up holds a bounded number of frames; the rest waits at the vendor, and nothing is lost."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.clock import ManualClock
from producers import websocket
from producers.websocket import open_websocket

FRAMES = 20_000
PADDING = b"." * 1_000


async def test_frames_that_are_not_read_wait_at_the_vendor() -> None:
    sent = 0

    async def serve(request: web.Request) -> web.WebSocketResponse:
        nonlocal sent
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        for number in range(FRAMES):
            await socket.send_bytes(b"%d %b" % (number, PADDING))
            sent = number + 1
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestServer(app) as server, open_websocket(f"ws://127.0.0.1:{server.port}/", "toy", ManualClock(0), 60.0) as stream:
        waiting = stream._connection.recv_messages
        async with asyncio.timeout(20):
            while not waiting.paused:
                await asyncio.sleep(0.001)
        one_read = 256 * 1_024 // len(PADDING)  # of the socket, which brings frames on top
        assert len(waiting.frames) <= websocket._BUFFERED_FRAMES + one_read
        assert sent < FRAMES, "the vendor has to wait"
        async with asyncio.timeout(60):
            for number in range(FRAMES):
                payload = await stream.receive(10)
                assert payload is not None and payload.body.split()[0] == b"%d" % number
