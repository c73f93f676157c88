"""Plays Unusual Whales' option_trades channel at a pace, as a process of its own: `python -m benchmarks.option_trade_vendor RATE SECONDS`.

Prints its port, then, when all was sent, how many frames that were and the moment of the last one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import date

import numpy as np
import orjson
from websockets.asyncio.server import ServerConnection, serve

from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_market import OptionMarket

_CHANNEL = "option_trades"
_DIFFERENT_FRAMES = 20_000
_STEP_SECONDS = 0.01
_ID_AT, _ID_LETTERS = len('["option_trades",{"id":"'), 8
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def frames() -> list[bytes]:
    """Return frames of the simulated day; the first eight letters of each id are to be written anew when it is sent again."""
    market = OptionMarket(Scenario(date(2025, 6, 3)), 7)
    opens = market.underlyings["SPY"].open_ms
    entries = said(market, {_CHANNEL}, opens, opens + 60 * 60_000)[:_DIFFERENT_FRAMES]
    return [orjson.dumps([entry.channel, entry.payload]) for entry in entries]


class Lap:
    """All frames as they go over the wire, one after the other; for another lap only the ids are written anew, all at once.

    The vendor shares the machine with the feed: what it computes for each frame is taken from what is measured.
    """

    def __init__(self, made: Sequence[bytes]) -> None:
        wire = [_header(frame) + frame for frame in made]
        sizes = np.array([len(one) for one in wire])
        self.ends = np.concatenate(([0], np.cumsum(sizes)))
        self._bytes = np.frombuffer(b"".join(wire), np.uint8).copy()
        starts = self.ends[:-1] + sizes - np.array([len(frame) for frame in made]) + _ID_AT
        self._ids = starts[:, None] + np.arange(_ID_LETTERS)

    def __len__(self) -> int:
        return len(self._ids)

    def number(self, first: int) -> None:
        """Write the ids of a lap whose first frame has this number."""
        numbers = first + np.arange(len(self))
        shifts = 4 * np.arange(_ID_LETTERS - 1, -1, -1)
        self._bytes[self._ids] = _HEX[(numbers[:, None] >> shifts) & 15]

    def part(self, start: int, end: int) -> bytes:
        """Return frames of the lap as they go over the wire."""
        return self._bytes[self.ends[start] : self.ends[end]].tobytes()


def _header(frame: bytes) -> bytes:
    """Return what stands before a whole text frame of 126 to 65,535 bytes."""
    return b"\x81\x7e" + len(frame).to_bytes(2)


async def main(rate: int, seconds: int) -> None:
    """Wait for one client, let it join, and send."""
    lap, over = Lap(frames()), asyncio.Event()

    async def play(connection: ServerConnection) -> None:
        channel = orjson.loads(await connection.recv())["channel"]
        await connection.send(orjson.dumps([channel, {"response": {}, "status": "ok"}]).decode())
        began, total = time.monotonic(), rate * seconds
        sent = 0
        while sent < total:
            due = min(total, int((time.monotonic() - began) * rate))
            while sent < due:
                at = sent % len(lap)
                if at == 0:
                    lap.number(sent)
                count = min(due - sent, len(lap) - at)
                connection.transport.write(lap.part(at, at + count))  # the library's send would take a third of the machine from the feed
                sent += count
            await connection.drain()
            await asyncio.sleep(_STEP_SECONDS)
        print(sent, time.time(), time.monotonic() - began, flush=True)
        over.set()
        await connection.wait_closed()

    async with serve(play, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await over.wait()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
