"""A stack of processes: started in dependency order, watched, restarted, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.clock import monotonic_seconds
from infra.errors import Fatal
from infra.local.managed_process import ManagedProcess
from infra.local.process_spec import ProcessSpec
from infra.local.process_table import ProcessTable
from infra.local.stack_environment import write_environment
from infra.local.stack_state import ProcessStatus, StackState, SupervisorLock

_WATCH_SECONDS = 1.0
_MALLOC_ARENAS = "2"  # each thread would have one of its own: librdkafka has dozens


class StackError(Fatal):
    """The stack cannot start; the message names the process, its last words and the remedy."""


class Stack:
    """A running set of processes.

    Every child gets the parent-death signal, so none outlives this process even after `kill -9`; a pid file is swept
    at the next start for what could still have escaped.

    Parameters
    ----------
    name
        Name of the stack.
    specs
        Its processes; a name in `depends_on` must be one of them.
    folder
        Logs, state and pid file; the processes' working directory is the current one.
    environment
        Variables that every process gets (`TAPEWIRE_…` of this process are not passed on otherwise).
    urls
        Shown by `tapewire status`.
    """

    def __init__(
        self,
        name: str,
        specs: Sequence[ProcessSpec],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self.environment = dict(environment or {})
        self.urls = dict(urls or {})
        self._specs = in_dependency_order(specs)
        self._processes: dict[str, ManagedProcess] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._lock = SupervisorLock(folder / "supervisor.lock")
        self._table = ProcessTable(folder / "processes.json")
        self._peak_memory_bytes = 0

    async def start(self, report: Callable[[str], None] | None = None) -> None:
        """Start everything and return when all of it is ready.

        Parameters
        ----------
        report
            Called with one line whenever a process has become ready.

        Raises
        ------
        StackError
            When another supervisor runs this stack or a process does not become ready; everything is stopped then.
        """
        if not self._lock.acquire():
            raise StackError(f"stack {self.name} is already up\n  remedy: tapewire down --stack {self.name}")
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self._table.sweep()
        write_environment(self.folder, self.environment)
        # Where the caller forbids writing bytecode, every start of a process would compile its libraries anew.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TAPEWIRE_") and key != "PYTHONDONTWRITEBYTECODE"}
        for spec in self._specs:
            environment = {**inherited, "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": _MALLOC_ARENAS, **self.environment, **spec.environment}
            log_path = self.folder / "logs" / f"{spec.name}.log"
            self._processes[spec.name] = ManagedProcess(spec, environment, log_path, self._table, Path.cwd())
        try:
            starts = [asyncio.create_task(self._start_in_turn(process, report)) for process in self._processes.values()]
            self._tasks.append(asyncio.create_task(self._watch()))
            try:
                await asyncio.gather(*starts)
            finally:
                for start in starts:
                    start.cancel()
        except BaseException:
            await self.stop()
            raise

    async def _start_in_turn(self, process: ManagedProcess, report: Callable[[str], None] | None) -> None:
        for name in process.spec.depends_on:
            await self._processes[name].ready.wait()
        began = asyncio.get_running_loop().time()
        self._tasks.append(asyncio.create_task(process.run(), name=process.spec.name))
        ready = asyncio.create_task(process.ready.wait())
        gave_up = asyncio.create_task(process.gave_up.wait())
        try:
            await asyncio.wait(
                {ready, gave_up}, timeout=process.spec.start_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ready.cancel()
            gave_up.cancel()
        if not process.ready.is_set():
            what = "keeps failing" if process.gave_up.is_set() else f"not ready after {process.spec.start_seconds:.0f} s"
            raise StackError(
                f"{process.spec.name}: {what}\n{process.last_words()}\n"
                f"  remedy: see {self.folder / 'logs' / (process.spec.name + '.log')}"
            )
        if report is not None:
            verb = "done" if process.spec.one_shot else "ready"
            report(f"{process.spec.name} {verb} after {asyncio.get_running_loop().time() - began:.1f} s")

    async def stop(self) -> None:
        """End everything, clients before servers; nothing is left afterwards."""
        for level in reversed(_levels(self._specs)):
            await asyncio.gather(*(self._processes[name].stop() for name in level if name in self._processes))
        for task in self._tasks:
            if task.get_name() not in self._processes:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._table.sweep()
        if self._processes:
            self._state().write(self.folder / "state.json")
        self._lock.release()

    def kill(self, name: str) -> None:
        """SIGKILL one process, as a crash would; the supervisor restarts it."""
        self._processes[name].kill()

    async def end(self, name: str) -> None:
        """Ask one process to end, for good; the others go on."""
        await self._processes[name].stop()

    async def wait_ready(self, name: str, timeout_seconds: float = 60.0) -> None:
        """Wait until a process is ready (again)."""
        await asyncio.wait_for(self._processes[name].ready.wait(), timeout_seconds)

    def is_up(self, name: str) -> bool:
        """Tell whether a process was found ready since it was last started."""
        return self._processes[name].ready.is_set()

    def status(self) -> list[ProcessStatus]:
        """Return one line per process, in dependency order."""
        return [process.status() for process in self._processes.values()]

    @property
    def is_ready(self) -> bool:
        return bool(self._processes) and all(process.ready.is_set() for process in self._processes.values())

    @property
    def peak_memory_bytes(self) -> int:
        """The largest sum of the processes' resident memory that was seen, in bytes."""
        return self._peak_memory_bytes

    async def __aenter__(self) -> Stack:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.gather(*(process.poll_health() for process in self._processes.values()))
            state = self._state()
            self._peak_memory_bytes = state.peak_memory_bytes
            with contextlib.suppress(OSError):  # a full disk must not end the supervisor
                state.write(self.folder / "state.json")
            await asyncio.sleep(_WATCH_SECONDS)

    def _state(self) -> StackState:
        processes = self.status()
        memory_bytes = sum(process.memory_bytes for process in processes)
        return StackState(
            name=self.name,
            supervisor_pid=os.getpid(),
            is_ready=self.is_ready,
            peak_memory_bytes=max(self._peak_memory_bytes, memory_bytes),
            urls=self.urls,
            processes=processes,
            moment=monotonic_seconds(),
        )


def in_dependency_order(specs: Sequence[ProcessSpec]) -> list[ProcessSpec]:
    """Return the specs so that each comes after what it depends on.

    Raises
    ------
    ValueError
        For a name that is used twice or unknown, or a circle.
    """
    by_name = {spec.name: spec for spec in specs}
    if len(by_name) != len(specs):
        raise ValueError(f"process names repeat: {sorted(spec.name for spec in specs)}")
    return [by_name[name] for level in _levels(specs) for name in level]


def _levels(specs: Sequence[ProcessSpec]) -> list[list[str]]:
    names = {spec.name for spec in specs}
    for spec in specs:
        if unknown := set(spec.depends_on) - names:
            raise ValueError(f"{spec.name} depends on unknown processes: {sorted(unknown)}")
    levels: list[list[str]] = []
    placed: set[str] = set()
    while len(placed) < len(specs):
        level = [spec.name for spec in specs if spec.name not in placed and placed.issuperset(spec.depends_on)]
        if not level:
            raise ValueError(f"processes depend on each other in a circle: {sorted(names - placed)}")
        levels.append(level)
        placed.update(level)
    return levels
