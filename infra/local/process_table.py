"""The processes of a stack on disk: what a supervisor that was killed may have left is ended before the next start."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

from infra.whole_file import write_whole


class ProcessTable:
    """The pid file of a stack. A pid alone proves nothing, the kernel reuses them: the start time goes with it.

    Parameters
    ----------
    path
        The file; survives a supervisor that is killed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[int, float] = {}

    def add(self, pid: int) -> None:
        """Note a process that was just started."""
        import psutil  # of the extra `local`; production's `tapewire run` must start without it

        with contextlib.suppress(psutil.NoSuchProcess):
            self._rows[pid] = psutil.Process(pid).create_time()
            self._write()

    def remove(self, pid: int) -> None:
        """Forget a process that has ended."""
        if self._rows.pop(pid, None) is not None:
            self._write()

    def sweep(self) -> list[int]:
        """Kill what an earlier supervisor left, with all of its process groups; return the pids that were alive."""
        import psutil

        killed = []
        for pid, created in self._read().items():
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - created) > 1.0:
                    continue
                os.killpg(pid, signal.SIGKILL)  # each is the leader of its own group
                process.wait(timeout=10)
            except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
                continue
            killed.append(pid)
        self._rows = {}
        self._path.unlink(missing_ok=True)
        return killed

    def _read(self) -> dict[int, float]:
        try:
            return {int(pid): float(created) for pid, created in json.loads(self._path.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def _write(self) -> None:
        write_whole(self._path, json.dumps(self._rows))
