"""Answers come whole, whatever pieces the network makes of them; the end of a connection is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from infra.kafka.fetch_connection import FetchConnection


class Broker:
    """Answers each request with what the test wants, in pieces."""

    def __init__(self) -> None:
        self.requests: asyncio.Queue[bytes] = asyncio.Queue()
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        while data := await reader.read(1_000):
            self.requests.put_nowait(data)
        writer.close()

    async def answer(self, body: bytes, piece: int) -> None:
        assert self.writer is not None
        message = len(body).to_bytes(4, "big") + body
        for at in range(0, len(message), piece):
            self.writer.write(message[at : at + piece])
            await self.writer.drain()
            await asyncio.sleep(0)


class Client:
    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost: asyncio.Queue[Exception | None] = asyncio.Queue()

    def answered(self, answer: memoryview) -> None:
        self.answers.put_nowait(bytes(answer))


@pytest.fixture
async def broker() -> AsyncIterator[tuple[Broker, int]]:
    served = Broker()
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    async with server:
        yield served, server.sockets[0].getsockname()[1]
        if served.writer is not None:
            served.writer.close()


@pytest.mark.parametrize(("size", "piece"), [(0, 1), (10, 3), (10, 1_000), (65_532, 65_536), (65_533, 40_000), (1_000_000, 70_001)])
async def test_answers_come_whole_one_after_another(broker: tuple[Broker, int], size: int, piece: int) -> None:
    served, port = broker
    client = Client()
    connection = await FetchConnection.open("127.0.0.1", port, client.answered, client.lost.put_nowait)
    for number in range(3):
        body = bytes((number + at) % 251 for at in range(size))
        connection.send(b"request %d" % number)
        assert connection.waiting
        assert await served.requests.get() == b"request %d" % number
        await served.answer(body, piece)
        assert await client.answers.get() == body
        assert not connection.waiting
    connection.close()


async def test_the_end_of_a_connection_is_told(broker: tuple[Broker, int]) -> None:
    served, port = broker
    client = Client()
    connection = await FetchConnection.open("127.0.0.1", port, client.answered, client.lost.put_nowait)
    connection.send(b"request")
    await served.requests.get()
    assert served.writer is not None
    served.writer.close()
    assert await client.lost.get() is None
    connection.close()


async def test_nothing_comes_from_a_closed_connection(broker: tuple[Broker, int]) -> None:
    served, port = broker
    client = Client()
    connection = await FetchConnection.open("127.0.0.1", port, client.answered, client.lost.put_nowait)
    connection.send(b"request")
    await served.requests.get()
    connection.close()
    await served.answer(b"late", 100)
    assert client.answers.empty()
    assert client.lost.empty()
