"""`tapewire clickhouse migrate|generate`: tables and views of the catalogue in ClickHouse."""

from __future__ import annotations

import typer

from infra.clickhouse.migrate import migrate as apply_migrations
from infra.clickhouse.migrate import migrations
from infra.clickhouse.schema_changes import write_next
from infra.settings import load


def register(app: typer.Typer) -> None:
    clickhouse = typer.Typer(help="Tables and views in ClickHouse.", no_args_is_help=True)
    app.add_typer(clickhouse, name="clickhouse")

    @clickhouse.command()
    def migrate() -> None:
        """Apply the migrations the database has not had, e.g. `tapewire clickhouse migrate`; safe to repeat."""
        settings = load().clickhouse
        applied = apply_migrations(settings, tell=print)
        print(f"database {settings.database} has all {len(migrations())} migrations, {len(applied)} of them applied now")

    @clickhouse.command()
    def generate(name: str = typer.Argument(..., help="What changes, e.g. add_spread")) -> None:
        """Write the next migration after a change of the schemas, e.g. `tapewire clickhouse generate add_spread`."""
        path = write_next(name)
        print("the migrations make what the catalogue declares" if path is None else f"wrote {path}")
