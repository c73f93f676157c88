"""Plays Unusual Whales' option_trades channel at a pace, as a process of its own: `python -m benchmarks.option_trade_vendor RATE SECONDS`.

Prints its port, then, when all was sent, how many frames that were and the moment of the last one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import date

import orjson
from websockets.asyncio.server import ServerConnection, serve

from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_market import OptionMarket

_CHANNEL = "option_trades"
_DIFFERENT_FRAMES = 20_000
_STEP_SECONDS = 0.01
_ID_AT = len('["option_trades",{"id":"')


def frames() -> list[bytes]:
    """Return frames of the simulated day; the first eight letters of each id are to be written anew when it is sent again."""
    market = OptionMarket(Scenario(date(2025, 6, 3)), 7)
    opens = market.underlyings["SPY"].open_ms
    entries = said(market, {_CHANNEL}, opens, opens + 60 * 60_000)[:_DIFFERENT_FRAMES]
    return [orjson.dumps([entry.channel, entry.payload]) for entry in entries]


def _header(frame: bytes) -> bytes:
    """Return what stands before a whole text frame of 126 to 65,535 bytes."""
    return b"\x81\x7e" + len(frame).to_bytes(2)


async def main(rate: int, seconds: int) -> None:
    """Wait for one client, let it join, and send."""
    made, over = frames(), asyncio.Event()

    async def play(connection: ServerConnection) -> None:
        channel = orjson.loads(await connection.recv())["channel"]
        await connection.send(orjson.dumps([channel, {"response": {}, "status": "ok"}]).decode())
        began, total = time.monotonic(), rate * seconds
        sent = 0
        while sent < total:
            due = min(total, int((time.monotonic() - began) * rate))
            numbered = ((number, made[number % len(made)]) for number in range(sent, due))
            parts = [_header(frame) + frame[:_ID_AT] + b"%08x" % number + frame[_ID_AT + 8 :] for number, frame in numbered]
            connection.transport.write(b"".join(parts))  # the library's send would take a third of the machine from the feed
            await connection.drain()
            sent = due
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
