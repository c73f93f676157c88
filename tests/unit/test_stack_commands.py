"""What `tapewire up | down | status | logs` say when there is nothing to say it about (DEV-02)."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.cli import stack
from infra.errors import Fatal
from infra.local import paths


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr(paths, "workspace", lambda: tmp_path)
    app = typer.Typer()
    stack.register(app)
    return app


def test_status_of_a_stack_that_is_not_up_says_how_to_start_it(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["status", "--stack", "nobody"])
    assert result.exit_code == 1
    assert "tapewire up --stack nobody" in result.output


def test_down_is_harmless_when_nothing_is_up(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["down"])
    assert (result.exit_code, result.output) == (0, "stack default is not up\n")


def test_logs_of_a_process_by_its_name_or_by_a_unit(app: typer.Typer, tmp_path: Path) -> None:
    logs = tmp_path / "stacks" / "default" / "logs"
    logs.mkdir(parents=True)
    (logs / "delivery.log").write_text("one\ntwo\nthree\n")
    (logs / "kafka.log").write_text("up\n")
    assert CliRunner().invoke(app, ["logs", "delivery", "-n", "2"]).output == "two\nthree\n"
    assert CliRunner().invoke(app, ["logs", "sink.release", "-n", "1"]).output == "three\n"
    assert CliRunner().invoke(app, ["logs", "-n", "1"]).output == "delivery: three\nkafka: up\n"
    (logs / "market.log").write_text('{"event": "dead_letter", "offset": 4}\n{"event": "units_stopped"}\n')
    assert CliRunner().invoke(app, ["logs", "market", "--event", "dead_letter"]).output == '{"event": "dead_letter", "offset": 4}\n'
    assert CliRunner().invoke(app, ["logs", "market", "--event", "feed_"]).output == ""
    (logs / "market.log").unlink()
    with pytest.raises(Fatal, match="there is delivery, kafka"):
        CliRunner().invoke(app, ["logs", "nobody"], catch_exceptions=False)
