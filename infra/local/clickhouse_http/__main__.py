"""Run the server in the foreground: `python -m infra.local.clickhouse_http --port 8123 --data DIR`.

User and password come from the environment (`TAPEWIRE_CLICKHOUSE__USER`, `TAPEWIRE_CLICKHOUSE__PASSWORD`): a command
line can be read by every user of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aiohttp import web

from infra.local.clickhouse_http.credentials import Credentials
from infra.local.clickhouse_http.engine import Engine
from infra.local.clickhouse_http.server import ClickHouseServer


async def serve(port: int, data_dir: Path, credentials: Credentials) -> None:
    """Serve until SIGTERM or SIGINT."""
    engine = Engine(data_dir)
    runner = ClickHouseServer(engine, credentials).runner()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"ClickHouse engine {engine.version} on 127.0.0.1:{port}, data in {data_dir}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()
    engine.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--data", type=Path, required=True, help="data folder, kept across runs")
    arguments = parser.parse_args()
    password = os.environ.get("TAPEWIRE_CLICKHOUSE__PASSWORD", "")
    if not password:
        sys.exit("error: TAPEWIRE_CLICKHOUSE__PASSWORD is not set; a password is required on loopback too")
    os.environ["TZ"] = "UTC"  # the engine takes its time zone from here, and a server's is UTC
    time.tzset()
    credentials = Credentials(os.environ.get("TAPEWIRE_CLICKHOUSE__USER", "tapewire"), password)
    asyncio.run(serve(arguments.port, arguments.data.resolve(), credentials))


if __name__ == "__main__":
    main()
