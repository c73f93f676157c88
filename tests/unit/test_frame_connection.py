"""Frames taken from the socket by ourselves, against the library that does it in coroutines: the same messages, whatever the pieces."""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
from collections.abc import AsyncIterator, Sequence

import pytest
from websockets import ConnectionClosed
from websockets.asyncio.client import ClientConnection, connect
from websockets.server import ServerProtocol

from producers.frame_connection import FrameConnection

TEXT, BINARY, CONTINUED, CLOSE, PING = 1, 2, 0, 8, 9
LARGEST = 300_000


def frame(opcode: int, payload: bytes, *, last: bool = True) -> bytes:
    """Return a server's frame, unmasked."""
    size = len(payload)
    head = bytes([opcode | (0x80 if last else 0)])
    if size < 126:
        return head + bytes([size]) + payload
    return head + (bytes([126]) + struct.pack(">H", size) if size < 65_536 else bytes([127]) + struct.pack(">Q", size)) + payload


@contextlib.asynccontextmanager
async def serving(chunks: Sequence[bytes], *, with_handshake: bool = False) -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """Serve a WebSocket that writes these bytes as they are; the queue holds what the client sent after its request."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        while not (events := protocol.events_received()):
            protocol.receive_data(await reader.read(4_096))
        protocol.send_response(protocol.accept(events[0]))  # type: ignore[arg-type]
        answer = b"".join(protocol.data_to_send())
        sent = [answer + chunks[0], *chunks[1:]] if with_handshake else [answer, *chunks]
        for chunk in sent:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)
        if b"".join(chunks).endswith(END):
            writer.write_eof()
        while (data := await reader.read(4_096)) and data[0] != 0x80 | CLOSE:
            heard.put_nowait(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()


async def received(url: str, kind: type[ClientConnection]) -> tuple[list[bytes], int | None]:
    """Return the messages until the connection ends, and the code it ended with."""
    messages = []
    async with connect(url, create_connection=kind, compression=None, max_size=LARGEST, max_queue=4, proxy=None, ping_interval=None) as connection:
        with contextlib.suppress(ConnectionClosed):
            while True:
                messages.append(await connection.recv(decode=False))
    return messages, connection.close_code


MESSAGES = [b"", b"x", b"y" * 125, b"z" * 126, b"a" * 65_535, b"b" * 65_536, b"c" * 200_000, b'["option_trades",{"id":"1"}]']
END = frame(CLOSE, struct.pack(">H", 1_000))
TAPES = {
    "plain": b"".join(frame(TEXT, message) for message in MESSAGES),
    "binary and pings": b"".join(frame(BINARY, message) + frame(PING, b"are you there") for message in MESSAGES),
    "in pieces": frame(TEXT, b"one") + frame(TEXT, b"tw", last=False) + frame(PING, b"") + frame(CONTINUED, b"o") + frame(TEXT, b"three"),
    "after the end": frame(TEXT, b"one") + END + frame(TEXT, b"never"),
    "too large": frame(TEXT, b"one") + frame(TEXT, b"d" * (LARGEST + 1)) + frame(TEXT, b"never"),
    "masked": frame(TEXT, b"one") + b"\x81\x83abcdxyz",
    "unknown opcode": frame(TEXT, b"one") + frame(3, b"what"),
    "compressed": frame(TEXT, b"one") + b"\xc1\x01x",
}


@pytest.mark.parametrize("name", TAPES)
@pytest.mark.parametrize("with_handshake", [False, True])
@pytest.mark.parametrize("pieces", [1, 2, 7, 60])
async def test_the_messages_and_the_end_are_those_of_the_library(name: str, with_handshake: bool, pieces: int) -> None:
    """ING-22, ING-25"""
    tape = TAPES[name] + END
    cuts = sorted(random.Random(pieces).sample(range(1, len(tape)), min(pieces, len(tape) - 1)))
    chunks = [tape[start:end] for start, end in zip([0, *cuts], [*cuts, len(tape)], strict=True)]
    async with serving(chunks, with_handshake=with_handshake) as (url, _):
        ours, theirs = await received(url, FrameConnection), await received(url, ClientConnection)
    assert ours == theirs
    assert ours[0]


async def test_one_byte_at_a_time() -> None:
    tape = frame(TEXT, b"one") + frame(PING, b"p") + frame(BINARY, b"t" * 130) + END
    async with serving([tape[at : at + 1] for at in range(len(tape))]) as (url, _):
        messages, code = await received(url, FrameConnection)
    assert (messages, code) == ([b"one", b"t" * 130], 1_000)


async def test_a_reader_that_is_behind_holds_the_sender_back() -> None:
    """ING-12: what is not read stays in the socket, not in memory."""
    one = frame(TEXT, b"e" * 50_000)
    async with serving([one] * 200 + [END]) as (url, _):
        async with connect(url, create_connection=FrameConnection, compression=None, max_queue=4, proxy=None, ping_interval=None) as connection:
            await connection.recv()
            for _ in range(50):
                await asyncio.sleep(0)
            assert connection.recv_messages.paused
            assert len(connection.recv_messages.frames) < 100
            rest = 0
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await connection.recv()
                    rest += 1
        assert rest == 199


async def test_a_ping_between_frames_is_answered() -> None:
    async with serving([frame(TEXT, b"one") + frame(PING, b"abc") + frame(TEXT, b"two")]) as (url, heard):
        async with connect(url, create_connection=FrameConnection, compression=None, proxy=None, ping_interval=None) as connection:
            assert [await connection.recv(), await connection.recv()] == ["one", "two"]
            pong = await heard.get()
        assert pong[0] == 0x8A
        assert len(pong) == 2 + 4 + 3


async def test_what_has_come_is_taken_without_waiting() -> None:
    """ING-12: whole messages, at most so many, in order; one in pieces is left to `recv`, and the reading goes on when there is room."""
    tape = b"".join(frame(TEXT, b"%d" % number) for number in range(9))
    tape += frame(TEXT, b"tw", last=False) + frame(CONTINUED, b"o") + frame(BINARY, b"end") + END
    async with serving([tape]) as (url, _):
        connecting = connect(url, create_connection=FrameConnection, compression=None, max_queue=4, proxy=None, ping_interval=None)
        async with connecting as connection:
            assert isinstance(connection, FrameConnection)
            assert await connection.recv(decode=False) == b"0"
            while connection.close_code is None and len(connection.recv_messages.frames) < 11:
                await asyncio.sleep(0)
            assert connection.waiting(3) == [b"1", b"2", b"3"]
            assert connection.waiting(99) == [b"4", b"5", b"6", b"7", b"8"]
            assert await connection.recv(decode=False) == b"two"
            assert not connection.recv_messages.paused
            assert connection.waiting(99) == [b"end"] and connection.waiting(99) == []
