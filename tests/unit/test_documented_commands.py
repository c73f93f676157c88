"""Every command that README and docs name exists with the options they give it; the end-to-end test runs those that need a stack."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli.main import app
from infra.plugins import load_all

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_COMMAND = re.compile(r"(?:^|`)(?:\.venv/bin/)?(tapewire|make) ([^`#\n]*)", re.MULTILINE)


def documented(program: str) -> list[str]:
    found = {arguments.strip() for page in PAGES for name, arguments in _COMMAND.findall(page.read_text()) if name == program}
    return sorted(found)


def test_the_documents_name_commands() -> None:
    assert len(documented("tapewire")) > 5 and {"demo", "test"} <= set(documented("make"))


@pytest.fixture(scope="module")
def whole_command() -> Any:
    for module in load_all("infra.cli"):
        if hasattr(module, "register"):
            module.register(app)
    return typer.main.get_command(app)


@pytest.mark.parametrize("arguments", documented("tapewire"))
def test_a_documented_command_takes_what_the_document_gives_it(arguments: str, whole_command: Any) -> None:
    words = [str(ROOT / "README.md") if word == "FILE" else word for word in shlex.split(arguments)]
    words = words[2:] if words[:1] == ["--stack"] else words  # the root's own option
    command = whole_command
    while hasattr(command, "commands"):
        if command.invoke_without_command and (not words or words[0].startswith("-")):
            break
        assert words and words[0] in command.commands, f"{arguments}: expected one of {sorted(command.commands)}, found {words[:1]}"
        command = command.commands[words.pop(0)]
    required = [parameter.name for parameter in command.params if parameter.required]
    if words or not required:  # a bare name in prose names the command, nothing more
        command.make_context(arguments, words)


@pytest.mark.parametrize("arguments", documented("make"))
def test_a_documented_target_exists(arguments: str) -> None:
    done = subprocess.run(["make", "--dry-run", *shlex.split(arguments)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
