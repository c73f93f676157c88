"""OPS-04, OPS-21: a process hosts units, tells its condition over HTTP and logs no secret."""

import asyncio
import io
import json
import logging
import urllib.error
import urllib.request

import pytest

from infra import http_status
from infra.cli.run import find
from infra.errors import Fatal
from infra.health import Health
from infra.logging_setup import configure, logger
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


def test_a_unit_is_one_function_and_its_name_is_unique() -> None:
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
        logging.getLogger("library").warning("says hush-hush")
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert "hush-hush" not in stream.getvalue() and "abc" not in stream.getvalue()
        assert lines[0]["event"] == "feed_refused" and lines[0]["symbol"] == "BCRX" and lines[0]["process"] == "test"
    finally:
        root.handlers[:], root.level = before
        logging.disable(logging.NOTSET)


def test_backoff_doubles_to_its_cap_and_obeys_the_other_side() -> None:
    backoff = Backoff(first_seconds=1, cap_seconds=8, jitter=0)
    assert [backoff.next_seconds() for _ in range(5)] == [1, 2, 4, 8, 8]
    assert backoff.next_seconds(wish_seconds=30) == 30
    backoff.succeeded()
    assert backoff.next_seconds() == 1
