"""A process that stores trades in ClickHouse and kills itself at a named point: `history_process.py GROUP POINT INSERTS`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from infra.clickhouse.client import Block, ClickHouse
from infra.clock import SystemClock
from infra.health import Health
from infra.settings import ClickHouseSettings, load
from infra.unit import UnitContext
from sinks.clickhouse.unit import history_loop


class DyingClickHouse(ClickHouse):
    """Ends the process, as a power cut would, around an insert."""

    point = "never"
    inserts_left = 0

    def insert(self, block: Block) -> None:
        type(self).inserts_left -= 1
        dies = type(self).inserts_left < 0
        if dies and self.point == "before-insert":
            os.kill(os.getpid(), signal.SIGKILL)
        super().insert(block)
        if dies and self.point == "after-insert":
            os.kill(os.getpid(), signal.SIGKILL)


def main(group: str, point: str, inserts: int) -> None:
    DyingClickHouse.point, DyingClickHouse.inserts_left = point, inserts

    def connect(settings: ClickHouseSettings) -> ClickHouse:
        return DyingClickHouse.connect(settings)

    context = UnitContext(load(), SystemClock(), Health(), asyncio.Event())
    signal.signal(signal.SIGTERM, lambda *_: context.stop.set())
    history_loop(context, name=group, topics=("market.trades",), dead_letters_of=(), connect=connect).work()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
