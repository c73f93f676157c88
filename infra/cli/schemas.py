"""`tapewire schemas check | generate | release`: keeps schemas/ one source of truth."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from schemas import compat, integrity


def register(app: typer.Typer) -> None:
    schemas = typer.Typer(help="The records, topics and their documentation.", no_args_is_help=True)
    app.add_typer(schemas, name="schemas")

    @schemas.command()
    def check(as_json: bool = typer.Option(False, "--json", help="Print for machines.")) -> None:
        """Check that generated files, examples and released versions fit, e.g. `tapewire schemas check`."""
        problems = integrity.problems()
        if as_json:
            print(json.dumps({"ok": not problems, "problems": problems}))
        else:
            print("\n".join(problems) if problems else "schemas: generated files, examples and released versions fit")
        if problems:
            raise typer.Exit(1)

    @schemas.command()
    def generate() -> None:
        """Write records.py and the reference pages anew, e.g. `tapewire schemas generate`."""
        _tell("wrote", integrity.generate())

    @schemas.command()
    def release() -> None:
        """Freeze the current schemas as a released version that later ones must be able to read, e.g. `tapewire schemas release`."""
        _tell("released", compat.release())


def _tell(verb: str, paths: list[Path]) -> None:
    print("\n".join(f"{verb} {path}" for path in paths) if paths else "nothing changed")
