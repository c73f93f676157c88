"""ING-44: `tapewire feeds` on a real broker."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from infra.cli import feeds
from infra.clock import SystemClock
from infra.kafka.producer import RecordProducer
from infra.settings import Settings, environment_of
from schemas.records import FeedHeartbeat, FeedState


@pytest.fixture
def beat() -> FeedHeartbeat:
    now_us = SystemClock().now_us()
    return FeedHeartbeat(
        feed="feed.unusual_whales", ts_event=now_us, ts_published=now_us, state=FeedState.LIVE, positions=(), records_published=5, reconnects=0
    )


def test_the_exit_code_says_whether_all_feeds_are_healthy(
    kafka_settings: Settings, record_producer: RecordProducer, beat: FeedHeartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment_of(kafka_settings).items():
        monkeypatch.setenv(name, value)

    app = typer.Typer()
    feeds.register(app)

    def told(*arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
        result = CliRunner().invoke(app, ["feeds", "--json", *arguments])
        return result.exit_code, {line["feed"]: line for line in json.loads(result.stdout)}

    record_producer.send("ops.heartbeats", beat)
    record_producer.flush()
    code, lines = told("--only", "feed.unusual_whales")
    assert (code, lines["feed.unusual_whales"]["healthy"]) == (0, True)

    record_producer.send("ops.heartbeats", replace(beat, state=FeedState.DOWN, detail="expected an answer, found none"))
    record_producer.flush()
    code, lines = told()
    assert code == 1
    assert (lines["feed.unusual_whales"]["state"], lines["feed.unusual_whales"]["detail"]) == ("DOWN", "expected an answer, found none")
    assert CliRunner().invoke(app, ["feeds", "--only", "feed.unknown"]).exit_code != 0
