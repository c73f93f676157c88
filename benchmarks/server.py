"""A server or contestant as a child process that dies with the benchmark."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.tether import tethered

_START_SECONDS = 90.0


class ServerFailed(RuntimeError):
    """A server did not start; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that was started and may not be ready yet."""

    process: subprocess.Popen[bytes]
    is_ready: Callable[[], bool]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until_ready(self) -> None:
        """Wait; raises `ServerFailed` when it ends or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
                raise ServerFailed(f"process {self.pid} is not ready (exit code {self.process.poll()}); end of {self.log}:\n{tail}")
            time.sleep(0.05)


@contextmanager
def started(command: list[str], is_ready: Callable[[], bool], log: Path) -> Iterator[Server]:
    """Run a server for the length of the block, without waiting for it."""
    with log.open("ab") as output:
        process = subprocess.Popen(tethered(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield Server(process, is_ready, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running(command: list[str], is_ready: Callable[[], bool], log: Path) -> Iterator[int]:
    """Do the same, wait until it is ready and yield its process id."""
    with started(command, is_ready, log) as server:
        server.wait_until_ready()
        yield server.pid
