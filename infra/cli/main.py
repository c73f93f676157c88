"""`tapewire`: the single entry point (OPS-21); each module of this package adds its own commands."""

from __future__ import annotations

import sys

import typer

from infra.errors import FATAL_EXIT_CODE, Fatal, TapewireError
from infra.plugins import load_all

app = typer.Typer(
    name="tapewire",
    help="The market's tape into trading intelligence, live, on Kafka, delivered in paid tiers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Run the command line; an error we raise on purpose is one sentence, not a stack."""
    for module in load_all("infra.cli"):
        if module.__name__ != __name__ and hasattr(module, "register"):
            module.register(app)
    try:
        app()
    except TapewireError as error:
        print(f"tapewire: {error}", file=sys.stderr)
        sys.exit(FATAL_EXIT_CODE if isinstance(error, Fatal) else 1)


if __name__ == "__main__":
    main()
