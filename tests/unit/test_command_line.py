"""DEV-03, OPS-21: one entry point; every command has help with an example and is found by its own name alone."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer

from infra.cli.main import app
from infra.plugins import load_all


def commands() -> list[tuple[str, ...]]:
    for module in load_all("infra.cli"):
        if hasattr(module, "register") and module.__name__.count(".") == 2:  # a group registers its own
            module.register(app)

    def walk(command: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        if hasattr(command, "commands"):
            return [found for name, child in command.commands.items() for found in walk(child, (*path, name))]
        return [path]

    return walk(typer.main.get_command(app), ())


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    command: Any = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]
    assert command.help and f"`tapewire {' '.join(path)}" in command.help.replace("\n", " ")


def test_a_command_is_found_without_importing_the_others() -> None:
    script = (
        "import sys; sys.argv = ['tapewire', 'config', '--help']\n"
        "from infra.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('clickhouse_connect' in sys.modules, 'confluent_kafka' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "show" in done.stdout and done.stderr.strip() == "False False"
