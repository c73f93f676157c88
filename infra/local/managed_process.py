"""The life of one supervised process: started, probed, restarted with a growing pause, ended with all its children."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from infra.clock import SystemClock, now
from infra.local.process_spec import ProcessSpec, read_status
from infra.local.process_table import ProcessTable
from infra.local.stack_state import ProcessStatus, State, UnitStatus
from infra.local.tether import tethered

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_PROBE_SECONDS = 0.1
_HEALTHY_SECONDS = 20.0  # ready for this long: the next failure counts as a first one
_GIVE_UP_AFTER = 5  # starts in a row that never became ready, while the stack is starting
_DEAD_REPORTS = 3
_LOG_BYTES = 32 << 20


class ManagedProcess:
    """One process under supervision.

    Parameters
    ----------
    spec
        What to run.
    environment
        The whole environment of the process.
    log_path
        Standard output and error go there; the previous file is kept once it has grown large.
    table
        Where running pids are noted.
    """

    def __init__(
        self, spec: ProcessSpec, environment: dict[str, str], log_path: Path, table: ProcessTable, folder: Path
    ) -> None:
        self.spec = spec
        self.ready = asyncio.Event()
        self.gave_up = asyncio.Event()
        self._environment = environment
        self._log_path = log_path
        self._table = table
        self._folder = folder
        self._stopping = asyncio.Event()
        self._process: Process | None = None
        self._state: State = "waiting"
        self._detail = ""
        self._restarts = 0
        self._last_exit_code: int | None = None
        self._lag_seconds: float | None = None
        self._dead_reports = 0
        self._was_ready = False
        self._units: tuple[UnitStatus, ...] = ()

    async def run(self) -> None:
        """Keep the process running until `stop`; a one-shot until it has succeeded once."""
        pause, unready_starts = _FIRST_PAUSE_SECONDS, 0
        while not self._stopping.is_set():
            started = asyncio.get_running_loop().time()
            code = self._last_exit_code = await self._run_once()
            was_ready = self._was_ready
            if self._stopping.is_set():
                break
            if self.spec.one_shot and code == 0:
                self._state, self._detail = "done", ""
                self.ready.set()
                return
            self.ready.clear()
            unready_starts = 0 if was_ready else unready_starts + 1
            if was_ready and asyncio.get_running_loop().time() - started > _HEALTHY_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._state, self._detail = "failing", f"{_exit_text(code)}, again in {pause:.1f} s"
            if unready_starts >= _GIVE_UP_AFTER or (self.spec.one_shot and unready_starts >= 2):
                self.gave_up.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            self._restarts += 1
        self._state, self._detail = "stopped", ""

    async def _run_once(self) -> int:
        self._state, self._detail, self._lag_seconds = "starting", "", None
        self._was_ready, self._dead_reports, self._units = False, 0, ()
        if self.spec.prepare is not None:
            try:
                await asyncio.to_thread(self.spec.prepare)
            except Exception as error:  # whatever it is, it is told and tried again
                self._append_log("preparing_failed", error=str(error))
                return 1
        self._rotate_log()
        with self._log_path.open("ab") as log:
            # Spawned from the event loop's thread: the parent-death signal follows the thread that spawns.
            process = await asyncio.create_subprocess_exec(
                *tethered(list(self.spec.argv)),
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                env=self._environment | self._restarts_told(),
                cwd=self._folder,
                start_new_session=True,
            )
        self._process = process
        self._table.add(process.pid)
        if self._stopping.is_set():  # told to stop while the process was being made
            self._signal(signal.SIGKILL)
        probing = asyncio.create_task(self._probe_until_ready())
        try:
            return await process.wait()
        finally:
            probing.cancel()
            self._signal(signal.SIGKILL)  # children that outlived it
            self._table.remove(process.pid)
            self._process = None

    def _restarts_told(self) -> dict[str, str]:
        """Return what lets the process show in its metrics how often it was started again."""
        return {} if self.spec.health_port is None else {"TAPEWIRE_STACK__RESTARTS": str(self._restarts)}

    async def _probe_until_ready(self) -> None:
        if self.spec.one_shot:
            return
        while not await asyncio.to_thread(self.spec.is_ready):  # noqa: ASYNC110 only the other side can tell
            await asyncio.sleep(_PROBE_SECONDS)
        self._state, self._detail, self._was_ready = "ready", "", True
        self.ready.set()

    async def stop(self) -> None:
        """Ask the process to end, then make it."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self.spec.stop_seconds)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await process.wait()

    def kill(self) -> None:
        """Kill the process and its children at once, as a crash would; it is then restarted."""
        if self._process is None:
            raise RuntimeError(f"{self.spec.name} is not running")
        self.ready.clear()
        self._signal(signal.SIGKILL)

    async def poll_health(self) -> None:
        """Read the process's own word; one that says again and again that it is not alive is killed."""
        if self.spec.health_port is None or self._process is None:
            return
        units = await asyncio.to_thread(read_status, self.spec.health_port)
        self._units = tuple(_unit_status(name, word) for name, word in (units or {}).items())
        if units is None or self._process is None or not self.ready.is_set():
            return
        lags = [unit["lag_seconds"] for unit in units.values() if unit.get("lag_seconds") is not None]
        self._lag_seconds = max(lags, default=None)
        dead = [name for name, unit in units.items() if not unit.get("alive", True)]
        unready = [f"{name}: {unit.get('detail', '')}" for name, unit in units.items() if not unit.get("ready", True)]
        self._detail = "; ".join(unready)
        self._dead_reports = self._dead_reports + 1 if dead else 0
        if self._dead_reports >= _DEAD_REPORTS:
            self._append_log("process_not_alive", units=[f"{name}: {units[name].get('detail', '')}" for name in dead])
            self._signal(signal.SIGKILL)

    def status(self) -> ProcessStatus:
        """Return the process's line."""
        pid = self._process.pid if self._process is not None else None
        memory_bytes, cpu_seconds = _used(pid)
        return ProcessStatus(
            name=self.spec.name,
            state=self._state,
            pid=pid,
            memory_bytes=memory_bytes,
            restarts=self._restarts,
            lag_seconds=self._lag_seconds,
            detail=self._detail,
            cpu_seconds=cpu_seconds,
            last_exit_code=self._last_exit_code,
            health_port=self.spec.health_port,
            units=self._units,
        )

    def last_words(self, lines: int = 15) -> str:
        """Return the end of the log."""
        if not self._log_path.exists():
            return "(no output)"
        with self._log_path.open("rb") as log:
            log.seek(max(0, self._log_path.stat().st_size - 16_384))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _rotate_log(self) -> None:
        if self._log_path.exists() and self._log_path.stat().st_size > _LOG_BYTES:
            self._log_path.replace(self._log_path.with_suffix(".log.1"))

    def _append_log(self, event: str, **values: Any) -> None:
        """Write a line of ours into the log of the process, in the form of its own lines."""
        stamp = now(SystemClock()).isoformat()
        line = {"event": event, "level": "warning", "timestamp": stamp, "process": "supervisor", "about": self.spec.name, **values}
        with self._log_path.open("a") as log:
            log.write(json.dumps(line) + "\n")


def _exit_text(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _unit_status(name: str, word: Mapping[str, Any]) -> UnitStatus:
    known = {field.name for field in fields(UnitStatus)} & set(word) - {"name"}
    return UnitStatus(name, **{"ready": False, "alive": True, "detail": "", **{key: word[key] for key in known}})


def _used(pid: int | None) -> tuple[int, float]:
    """Return resident bytes and processor seconds of a process and its children."""
    if pid is None:
        return 0, 0.0
    import psutil  # of the extra `local`

    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        times = [one.cpu_times() for one in family]
        return sum(one.memory_info().rss for one in family), round(sum(time.user + time.system for time in times), 2)
    except psutil.Error:
        return 0, 0.0
