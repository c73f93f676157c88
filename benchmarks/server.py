"""A server or contestant as a child process that dies with the benchmark."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.tether import tethered

_START_SECONDS = 90.0


class ServerFailed(RuntimeError):
    """A server did not start; the message ends with its log."""


@contextmanager
def running(command: list[str], is_ready: Callable[[], bool], log: Path) -> Iterator[int]:
    """Run a server for the length of the block, wait until it is ready, yield its process id."""
    with log.open("ab") as output:
        process = subprocess.Popen(tethered(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
                raise ServerFailed(f"{command[0]} is not ready (exit code {process.poll()}); end of {log}:\n{tail}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
