"""What one option trade of the Unusual Whales stream costs in our process, step by step, each beside what it replaced, in one run."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
from collections.abc import Callable

import fastavro
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.option_trade_vendor import frames
from producers.frame_connection import FrameConnection
from producers.source import Parsed, Stamps
from producers.unusual_whales.parse_frame import parse_frame, parse_frames
from schemas.avro_schemas import resolved, without_logical_types
from schemas.codec import Codec
from schemas.records import OptionTrade

_STAMPS = Stamps(1_800_000_000_000_000, 1_800_000_000_000_000, 1_900_000_000_000_000)
_ROUNDS = 5
_READ_SECONDS = 2
_READ_RATE = 50_000
_FRAMES_A_PAYLOAD = 256
JOIN = '{"channel":"option_trades","msg_type":"join"}'


def steps() -> dict[str, tuple[float, float | None]]:
    """Return, by step, microseconds of processor time a trade now and by what it replaced; None where that is gone."""
    made = frames()
    records = [item.record for frame in made for item in parse_frame(frame, _STAMPS) if isinstance(item, Parsed)]
    codec = Codec(OptionTrade, 1)
    schema = fastavro.parse_schema(without_logical_types(resolved(OptionTrade.FULL_NAME)))

    def by_fastavro() -> None:
        for record in records:
            fastavro.schemaless_writer(io.BytesIO(), schema, record.as_avro())

    def by_us() -> None:
        for record in records:
            codec.encode(record)  # type: ignore[arg-type]

    payloads = [b"\n".join(made[start : start + _FRAMES_A_PAYLOAD]) for start in range(0, len(made), _FRAMES_A_PAYLOAD)]

    def parsed() -> None:
        for payload in payloads:
            parse_frames(payload, _STAMPS)

    return {
        "read a frame": (_read(FrameConnection), _read(ClientConnection)),
        "parse it": (_best(parsed, len(made)), None),
        "encode the record": (_best(by_us, len(records)), _best(by_fastavro, len(records))),
    }


def _best(run: Callable[[], None], count: int) -> float:
    taken = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        run()
        taken.append(time.process_time() - began)
    return min(taken) / count * 1e6


def _read(kind: type[ClientConnection]) -> float:
    """Return the processor time of a frame when the vendor sends as fast as we read."""
    command = [sys.executable, "-m", "benchmarks.option_trade_vendor", str(_READ_RATE), str(_READ_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vendor:
        try:
            assert vendor.stdout is not None
            return asyncio.run(_received(kind, int(vendor.stdout.readline())))
        finally:
            vendor.kill()


async def _received(kind: type[ClientConnection], port: int) -> float:
    total = _READ_RATE * _READ_SECONDS
    async with connect(
        f"ws://127.0.0.1:{port}/socket", create_connection=kind, compression=None, max_queue=1_024, ping_interval=None, proxy=None, close_timeout=0.1
    ) as connection:
        await connection.send(JOIN)
        await connection.recv(decode=False)
        began = time.process_time()
        left = total
        while left:
            await connection.recv(decode=False)
            left -= 1
            if isinstance(connection, FrameConnection):
                left -= len(connection.waiting(min(left, _FRAMES_A_PAYLOAD - 1)))
        return (time.process_time() - began) / total * 1e6
