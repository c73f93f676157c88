"""`tapewire`: the single entry point (OPS-21); each module of this package adds its own commands."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import typer

from infra.errors import FATAL_EXIT_CODE, Fatal, TapewireError
from infra.local.stack_environment import read_environment
from infra.plugins import load_all

app = typer.Typer(
    name="tapewire",
    help="The market's tape into trading intelligence, live, on Kafka, delivered in paid tiers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def root(stack: str = typer.Option("", metavar="NAME", help="Take the settings of a local stack, e.g. `tapewire --stack demo feeds`.")) -> None:
    """The market's tape into trading intelligence, live, on Kafka, delivered in paid tiers."""
    if stack:
        os.environ.update(read_environment(stack))


def main() -> None:
    """Run the command line; an error we raise on purpose is one sentence, not a stack."""
    words = [word for word in sys.argv[1:] if not word.startswith("--stack=")]
    words = words[2:] if words[:1] == ["--stack"] else words
    for module in _command_modules(words[0] if words else ""):
        if hasattr(module, "register"):
            module.register(app)
    try:
        app()
    except TapewireError as error:
        print(f"tapewire: {error}", file=sys.stderr)
        sys.exit(FATAL_EXIT_CODE if isinstance(error, Fatal) else 1)


def _command_modules(command: str) -> list[ModuleType]:
    """Import the module named after the command alone, else all: every process of a stack starts through here."""
    if command.isidentifier() and command != "main" and (Path(__file__).parent / f"{command}.py").exists():
        return [importlib.import_module(f"infra.cli.{command}")]
    # A package below holds parts of one command, which that command registers.
    return [module for module in load_all("infra.cli") if module.__name__ != __name__ and module.__name__.count(".") == 2]


if __name__ == "__main__":
    main()
