"""`tapewire --stack NAME` gives a command the settings of a local stack."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.cli.main import root
from infra.errors import ConfigurationError
from infra.local import stack_environment
from infra.local.stack_environment import read_environment, write_environment


def test_what_is_written_is_read_and_is_its_owner_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_environment, "stack_dir", lambda stack: tmp_path / stack)
    (tmp_path / "demo").mkdir()
    variables = {"TAPEWIRE_A__B": "it's \"5\" $HOME", "TAPEWIRE_C__D": "", "TAPEWIRE_E__F": "a,b c"}
    write_environment(tmp_path / "demo", variables)
    assert read_environment("demo") == variables
    assert (tmp_path / "demo" / "environment").stat().st_mode & 0o077 == 0


def test_a_command_has_the_settings_of_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_environment, "stack_dir", lambda stack: tmp_path / stack)
    monkeypatch.setenv("TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS", "elsewhere:1")
    (tmp_path / "demo").mkdir()
    write_environment(tmp_path / "demo", {"TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS": "here:2"})
    app = typer.Typer()
    app.callback()(root)
    app.command()(lambda: print(os.environ["TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS"]))
    name = app.registered_commands[0].callback.__name__  # type: ignore[union-attr]
    assert CliRunner().invoke(app, ["--stack", "demo", name]).output.strip() == "here:2"


def test_a_stack_that_was_never_started_is_named() -> None:
    with pytest.raises(ConfigurationError, match="tapewire up --stack nobody"):
        read_environment("nobody")
