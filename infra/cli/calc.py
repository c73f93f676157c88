"""`tapewire calc`: the numbers of the product on files, without a running stack; each calculation is one file of infra/cli/calculations."""

from __future__ import annotations

import typer

from infra.plugins import load_all


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="calc", help="Compute the product's numbers from files.", no_args_is_help=True)
    for module in load_all("infra.cli.calculations"):
        if hasattr(module, "register"):
            module.register(group)
    app.add_typer(group)
