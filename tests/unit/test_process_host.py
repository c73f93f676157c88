"""OPS-04, OPS-21: a process hosts units, tells its condition over HTTP and logs no secret."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

import infra.unit
from infra import http_status
from infra.cli.run import find
from infra.errors import Fatal
from infra.health import Health
from infra.logging_setup import LIBRARY_EVENT, configure, logger
from infra.retry import Backoff
from infra.unit import UnitContext, registered, unit


def ask(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_readiness_and_liveness_are_the_units_own_words() -> None:
    health = Health()
    server = http_status.serve(health, 0)
    port = server.server_address[1]
    try:
        assert ask(port, "/readyz")[0] == 503  # nothing runs yet
        health.report("feed.toy", ready=False, detail="connecting")
        health.report("ticks", ready=True)
        assert ask(port, "/readyz")[0] == 503
        assert ask(port, "/healthz")[0] == 200
        health.report("feed.toy", ready=True, records_in=2)
        health.report("feed.toy", records_in=3)
        code, body = ask(port, "/readyz")
        assert code == 200 and json.loads(body)["feed.toy"]["records_in"] == 5
        health.report("ticks", alive=False)
        assert ask(port, "/healthz")[0] == 503
        scraped = ask(port, "/metrics")[1]
        assert b"process_cpu_seconds_total" in scraped
        assert b'tapewire_unit_records_in_total{unit="feed.toy"} 5.0' in scraped
        assert b'tapewire_unit_alive{unit="ticks"} 0.0' in scraped
        assert b'tapewire_unit_lag_seconds{' not in scraped  # nobody told a lag: missing is not 0
        assert ask(port, "/nothing")[0] == 404
    finally:
        server.shutdown()
        server.server_close()


def test_a_unit_is_one_function_and_its_name_is_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.unit, "_REGISTRY", dict(infra.unit._REGISTRY))

    @unit(name="sink.toy-host", kind="sink", summary="Does nothing.")
    async def toy(context: UnitContext) -> None:
        await context.stop.wait()

    assert registered()["sink.toy-host"].run is toy
    with pytest.raises(ValueError, match=r"sink\.toy-host"):

        @unit(name="sink.toy-host", kind="sink", summary="Another.")
        async def other(context: UnitContext) -> None:
            await asyncio.sleep(0)


def test_an_unknown_unit_is_named_with_the_known_ones() -> None:
    with pytest.raises(Fatal, match=r"sink\.nothing"):
        find(["sink.nothing"])


def test_logs_are_json_and_mask_secrets() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure("test", secrets=frozenset({"hush-hush"}))
        stream = io.StringIO()
        assert isinstance(root.handlers[0], logging.StreamHandler)
        root.handlers[0].setStream(stream)
        logger("x").warning("feed_refused", url="wss://x?apiKey=hush-hush", api_key="abc", symbol="BCRX")
        logging.getLogger("library").warning("says %s", "hush-hush")
        logger("x").info("nested", headers={"Authorization": "abc", "seen": ["hush-hush"]}, offset=7)
        told = threading.Thread(target=logger("x").info, args=("from_another_thread",))
        told.start()
        told.join()
        for name in ("aiokafka.consumer.group_coordinator", "asyncio"):
            logging.getLogger(name).error("Group Coordinator Request failed")
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert "hush-hush" not in stream.getvalue() and "abc" not in stream.getvalue()
        assert lines[0]["event"] == "feed_refused" and lines[0]["symbol"] == "BCRX"
        assert all(list(line)[:4] == ["event", "level", "timestamp", "process"] and line["process"] == "test" for line in lines)
        assert lines[1]["event"] == LIBRARY_EVENT and lines[1]["logger"] == "library" and lines[1]["message"] == "says ***"
        assert lines[2]["headers"] == {"Authorization": "***", "seen": ["***"]} and lines[2]["offset"] == 7
        assert lines[3]["event"] == "from_another_thread"
        assert [line["level"] for line in lines[4:]] == ["warning", "error"], "the Kafka client asks again by itself"
    finally:
        root.handlers[:], root.level = before
        logging.disable(logging.NOTSET)


def test_what_nobody_caught_is_json_too() -> None:
    program = (
        "import threading, warnings; from infra.logging_setup import configure, log_uncaught; configure('test'); log_uncaught()\n"
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()\n"
        "warnings.warn('old')\n"
        "raise ValueError('nobody')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert [line["event"] for line in lines] == ["uncaught_exception", LIBRARY_EVENT, "uncaught_exception"]
    assert "ZeroDivisionError" in lines[0]["exception"] and "old" in lines[1]["message"] and lines[2]["error"] == "ValueError('nobody')"


def test_backoff_doubles_to_its_cap_and_obeys_the_other_side() -> None:
    backoff = Backoff(first_seconds=1, cap_seconds=8, jitter=0)
    assert [backoff.next_seconds() for _ in range(5)] == [1, 2, 4, 8, 8]
    assert backoff.next_seconds(wish_seconds=30) == 30
    backoff.succeeded()
    assert backoff.next_seconds() == 1
