"""The supervisor starts, watches, restarts and ends processes, and leaves none behind (DEV-02)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from infra.local.ports import free_ports
from infra.local.process_spec import ProcessSpec, http_answers
from infra.local.process_table import ProcessTable
from infra.local.stack_state import read_state
from infra.local.supervisor import Stack, StackError, in_dependency_order

FOREVER = "import signal; print('up', flush=True); signal.pause()"
WITH_CHILD = (
    "import subprocess, sys, signal, pathlib\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
    "signal.pause()"
)
STATUS_SERVER = """
import http.server, json, os, pathlib, sys
pathlib.Path(sys.argv[2]).with_name('restarts').write_text(os.environ['TAPEWIRE_STACK__RESTARTS'])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = pathlib.Path(sys.argv[2]).read_bytes()
        self.send_response(200); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
"""


def python(name: str, code: str, *arguments: str, **options: object) -> ProcessSpec:
    return ProcessSpec(name=name, argv=(sys.executable, "-c", code, *arguments), **options)  # type: ignore[arg-type]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_specs_come_after_what_they_depend_on() -> None:
    specs = [python("c", "", depends_on=("b",)), python("b", "", depends_on=("a",)), python("a", "")]
    assert [spec.name for spec in in_dependency_order(specs)] == ["a", "b", "c"]


def test_a_circle_and_an_unknown_name_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        in_dependency_order([python("a", "", depends_on=("b",)), python("b", "", depends_on=("a",))])
    with pytest.raises(ValueError, match="unknown"):
        in_dependency_order([python("a", "", depends_on=("nobody",))])


async def test_a_client_starts_only_when_its_server_is_ready(tmp_path: Path) -> None:
    flag, order = tmp_path / "flag", tmp_path / "order"
    note = "import sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write(sys.argv[2])"
    ready = f"import pathlib; pathlib.Path({str(flag)!r}).write_text('')"
    stack = Stack(
        "order",
        [
            python("client", note, str(order), "client ", one_shot=True, depends_on=("server", "migration")),
            python("migration", note, str(order), "migration ", one_shot=True, depends_on=("server",)),
            python("server", f"{ready}; {FOREVER}", is_ready=flag.exists),
        ],
        tmp_path / "stack",
    )
    async with stack:
        assert stack.is_ready
        assert order.read_text() == "migration client "
        assert {status.name: status.state for status in stack.status()} == {
            "server": "ready",
            "migration": "done",
            "client": "done",
        }


async def test_a_killed_process_is_restarted_and_counted(tmp_path: Path) -> None:
    async with Stack("restart", [python("one", FOREVER)], tmp_path) as stack:
        first = stack.status()[0].pid
        stack.kill("one")
        await stack.wait_ready("one")
        [status] = stack.status()
        assert status.restarts == 1 and status.last_exit_code == -signal.SIGKILL
        assert status.pid != first
        assert status.memory_bytes > 0


async def test_stop_ends_children_of_children(tmp_path: Path) -> None:
    child_file = tmp_path / "child"
    async with Stack("family", [python("parent", WITH_CHILD, str(child_file), is_ready=child_file.exists)], tmp_path):
        await until(lambda: child_file.read_text() != "")
        child = int(child_file.read_text())
        assert is_alive(child)
    await until(lambda: not is_alive(child))


async def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    deaf = f"import signal, pathlib; signal.signal(15, signal.SIG_IGN); pathlib.Path({str(tmp_path / 'up')!r}).touch(); signal.pause()"
    stack = Stack("deaf", [python("deaf", deaf, is_ready=(tmp_path / "up").exists, stop_seconds=0.2)], tmp_path)
    await stack.start()
    pid = stack.status()[0].pid
    assert pid is not None
    await stack.stop()
    assert not is_alive(pid)


async def test_a_failing_process_is_named_with_its_last_words(tmp_path: Path) -> None:
    bad = python("bad", "raise SystemExit('the port is taken')", is_ready=lambda: False)
    stack = Stack("bad", [python("good", FOREVER), bad], tmp_path)
    with pytest.raises(StackError, match=r"bad: keeps failing(.|\n)*the port is taken"):
        await stack.start()
    assert all(status.pid is None for status in stack.status())


async def test_a_failing_one_shot_stops_the_start(tmp_path: Path) -> None:
    specs = [python("migrate", "raise SystemExit(3)", one_shot=True), python("app", FOREVER, depends_on=("migrate",))]
    with pytest.raises(StackError, match="migrate"):
        await Stack("one-shot", specs, tmp_path).start()


async def test_a_second_supervisor_of_the_same_stack_is_refused(tmp_path: Path) -> None:
    async with Stack("twice", [python("one", FOREVER)], tmp_path):
        with pytest.raises(StackError, match="already up"):
            await Stack("twice", [python("one", FOREVER)], tmp_path).start()


async def test_lag_is_shown_and_a_process_that_says_it_is_dead_is_restarted(tmp_path: Path) -> None:
    [port] = free_ports(1)
    answer = tmp_path / "answer"
    answer.write_text(json.dumps({"unit": {"ready": True, "alive": True, "detail": "", "lag_seconds": 1.5}}))
    spec = python(
        "unit",
        STATUS_SERVER,
        str(port),
        str(answer),
        is_ready=http_answers(f"http://127.0.0.1:{port}/status"),
        health_port=port,
    )
    async with Stack("health", [spec], tmp_path) as stack:
        await until(lambda: stack.status()[0].lag_seconds == 1.5)
        [status] = stack.status()
        assert [(unit.name, unit.ready, unit.lag_seconds) for unit in status.units] == [("unit", True, 1.5)]
        assert status.cpu_seconds > 0 and status.health_port == port
        assert (tmp_path / "restarts").read_text() == "0"
        answer.write_text(json.dumps({"unit": {"ready": True, "alive": False, "detail": "stuck", "lag_seconds": None}}))
        await until(lambda: stack.status()[0].restarts >= 1)
        await until(lambda: (tmp_path / "restarts").read_text() == "1")
        assert '"event": "process_not_alive"' in (tmp_path / "logs" / "unit.log").read_text()


async def test_every_process_gets_the_stack_environment_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEWIRE_STRAY__KEY", "1")
    output = tmp_path / "seen"
    show = (
        "import os, sys, pathlib, json; found = {k: v for k, v in os.environ.items() if k.startswith('TAPEWIRE_')}; "
        "pathlib.Path(sys.argv[1]).write_text(json.dumps(found))"
    )
    spec = python("show", show, str(output), one_shot=True, environment={"TAPEWIRE_B__C": "own"})
    async with Stack("env", [spec], tmp_path, environment={"TAPEWIRE_A__B": "it's"}):
        pass
    assert json.loads(output.read_text()) == {"TAPEWIRE_A__B": "it's", "TAPEWIRE_B__C": "own"}
    assert (tmp_path / "environment").stat().st_mode & 0o077 == 0
    shown = subprocess.run(
        ["bash", "-c", f". {tmp_path / 'environment'}; printf %s \"$TAPEWIRE_A__B\""], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "it's"


SUPERVISOR = """
import asyncio, signal, sys
from pathlib import Path
from infra.local.process_spec import ProcessSpec
from infra.local.supervisor import Stack
async def main():
    forever = (sys.executable, '-c', 'import signal; signal.signal(15, signal.SIG_IGN); signal.pause()')
    specs = [ProcessSpec('one', forever, stop_seconds=0.2), ProcessSpec('two', forever, depends_on=('one',), stop_seconds=0.2)]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    async with Stack('outer', specs, Path(sys.argv[1])) as stack:
        print(*(status.pid for status in stack.status()), flush=True)
        await stop.wait()
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_nothing_outlives_the_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        assert len(pids) == 2 and all(map(is_alive, pids))
        supervisor.send_signal(number)
        supervisor.wait(timeout=20)
    deadline = time.monotonic() + 10
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, f"left behind: {[pid for pid in pids if is_alive(pid)]}"
    state = read_state(tmp_path / "state.json")
    assert state is not None and state.supervisor_pid == supervisor.pid


def test_the_next_start_sweeps_what_was_left(tmp_path: Path) -> None:
    left = subprocess.Popen([sys.executable, "-c", FOREVER], start_new_session=True, stdout=subprocess.DEVNULL)
    table = ProcessTable(tmp_path / "processes.json")
    table.add(left.pid)
    assert ProcessTable(tmp_path / "processes.json").sweep() == [left.pid]
    assert not psutil.pid_exists(left.pid)
    left.wait(timeout=10)


def test_a_reused_pid_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    path.write_text(json.dumps({os.getpid(): 1.0}))
    assert ProcessTable(path).sweep() == []
