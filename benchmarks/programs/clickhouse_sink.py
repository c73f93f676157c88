"""The ClickHouse sink on one topic: `clickhouse_sink.py GROUP [DATA_FOLDER]`; with a folder, the engine runs in this process.

Prints `assigned` when it has its partitions and begins to read.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from benchmarks.arena import TRADES
from benchmarks.embedded_clickhouse import EmbeddedClickHouse
from infra.clickhouse.client import ClickHouse, Database
from infra.clock import SystemClock
from infra.health import Health
from infra.settings import load
from infra.unit import UnitContext
from sinks.clickhouse.history import History


class Told(History):
    def _assigned(self, committed):
        super()._assigned(committed)
        print("assigned", flush=True)


async def main(group: str, data_folder: str | None) -> None:
    settings = load()
    context = UnitContext(settings, SystemClock(), Health(), asyncio.Event())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, context.stop.set)

    def connect() -> Database:
        if data_folder is None:
            return ClickHouse.connect(settings.clickhouse)
        return EmbeddedClickHouse(Path(data_folder), settings.clickhouse.database)

    await Told(context, group, (TRADES,), connect=connect).run()


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"  # of the engine
    time.tzset()
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
