"""A process that stores trades in ClickHouse and kills itself at a named point: `history_process.py GROUP POINT INSERTS`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from infra.clickhouse.client import ClickHouse
from infra.clickhouse.native_block import NativeBlock
from infra.clock import SystemClock
from infra.health import Health
from infra.settings import load
from infra.unit import UnitContext
from sinks.clickhouse.history import History


class DyingClickHouse(ClickHouse):
    """Ends the process, as a power cut would, around an insert."""

    point = "never"
    inserts_left = 0

    def insert(self, block: NativeBlock, token: str) -> None:
        type(self).inserts_left -= 1
        dies = type(self).inserts_left < 0
        if dies and self.point == "before-insert":
            os.kill(os.getpid(), signal.SIGKILL)
        super().insert(block, token)
        if dies and self.point == "after-insert":
            os.kill(os.getpid(), signal.SIGKILL)


async def main(group: str, point: str, inserts: int) -> None:
    DyingClickHouse.point, DyingClickHouse.inserts_left = point, inserts
    settings = load()
    context = UnitContext(settings, SystemClock(), Health(), asyncio.Event())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, context.stop.set)
    await History(context, group, ("market.trades",), connect=lambda: DyingClickHouse.connect(settings.clickhouse)).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
