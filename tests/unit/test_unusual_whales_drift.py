"""Samples against the payload models: each model's own sample fits, and whatever is done to it is told."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from infra.cli import feeds, feeds_drift
from infra.errors import ConfigurationError
from producers.capture import Capture
from producers.source import Payload
from producers.unusual_whales.drift import Change, Drift, sample_drift
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.models.websocket import MESSAGES
from tests.support.unusual_whales import NOW, sample

app = typer.Typer()
feeds.register(app)
PATH = ENDPOINTS["net_prem_ticks"].path


def answer(row: object) -> Payload:
    return Payload(PATH, orjson.dumps({"data": [row]}), NOW)


def good() -> dict[str, object]:
    model = ENDPOINTS["net_prem_ticks"].model
    assert model is not None
    return sample(model)


def test_what_fits_is_no_drift() -> None:
    frame = orjson.dumps(["option_trades", sample(MESSAGES["option_trades"])])
    joined = b'["option_trades",{"response":{},"status":"ok"}]'
    assert sample_drift([answer(good()), Payload("unusual-whales-websocket", joined + b"\n" + frame, NOW)]) == []


def test_each_difference_is_told_once() -> None:
    """SCH-18"""
    row = good()
    changed = {name: value for name, value in row.items() if name != "call_volume"} | {"net_call_premium": [], "new_one": 1}
    found = sample_drift([answer(changed), answer(changed)])
    assert [(one.what, one.change) for one in found] == [
        ("call_volume", Change.REMOVED), ("net_call_premium", Change.RETYPED), ("new_one", Change.ADDED)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (Payload("/api/weather", b"{}", NOW), Drift("/api/weather", "", Change.ADDED)),
        (Payload("unusual-whales-websocket", b'["weather",{}]', NOW), Drift("weather", "", Change.ADDED)),
    ],
)
def test_an_endpoint_or_channel_that_nobody_knows_is_told(payload: Payload, expected: Drift) -> None:
    assert sample_drift([payload]) == [expected]


@pytest.mark.parametrize("body", [b"<html>", b'{"data":"none"}', b"7"])
def test_an_answer_of_another_shape_is_told(body: bytes) -> None:
    (found,) = sample_drift([Payload(PATH, body, NOW)])
    assert (found.place, found.change) == (PATH, Change.RETYPED)


def test_the_command_reads_a_feeds_capture(tmp_path: Path) -> None:
    """DEV-08"""
    file = tmp_path / "day.jsonl.gz"
    with Capture(file) as capture:
        capture.write(answer(good()))
    assert CliRunner().invoke(app, ["feeds", "drift", str(file)]).exit_code == 0
    with Capture(file) as capture:
        capture.write(answer(good() | {"new_one": 1}))
    result = CliRunner().invoke(app, ["feeds", "drift", str(file)])
    assert result.exit_code == 1
    assert "new_one" in result.stdout


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="found nothing"):
        feeds_drift.differences(str(tmp_path / "missing.yaml"))
