"""`tapewire feeds drift`: what Unusual Whales has changed since its payload models were made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import ConfigurationError, Permanent

if TYPE_CHECKING:
    from producers.source import Payload
    from producers.unusual_whales.drift import Drift

_SECONDS = 60.0
_CAPTURE = (".jsonl.gz",)


def add_to(feeds: typer.Typer) -> None:
    @feeds.command()
    def drift(
        source: str = typer.Argument(help="OpenAPI document (file or URL), a capture of a feed (.jsonl.gz), or a folder of answers (.json)."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Show what Unusual Whales has changed since its models were made, e.g. `tapewire feeds drift openapi.yaml`; exits 1 if anything."""
        try:
            found = differences(source)
        except Permanent as error:
            raise ConfigurationError(str(error)) from error
        if as_json:
            print(json.dumps([asdict(one) for one in found]))
        elif found:
            table = Table("where", "what", "change", "detail")
            for one in found:
                table.add_row(one.place, one.what or "as a whole", one.change, one.detail)
            Console().print(table)
        else:
            print("nothing has changed")
        if found:
            raise typer.Exit(1)


def differences(source: str) -> list[Drift]:
    """Return what differs from the models in a specification or in payloads.

    Raises
    ------
    ConfigurationError
        If there is nothing to read.
    Permanent
        If it is no OpenAPI document.
    """
    from producers.capture import read_capture
    from producers.unusual_whales.drift import sample_drift, specification_drift
    from producers.unusual_whales.models.specification import Specification

    if source.startswith(("http://", "https://")):
        return specification_drift(Specification.of_text(_fetched(source)), _asked_for())
    path = Path(source)
    if path.is_dir():
        return sample_drift(_answers(path))
    if not path.is_file():
        raise ConfigurationError(f"expected an OpenAPI document, a capture or a folder, found nothing at {source}")
    if path.name.endswith(_CAPTURE):
        return sample_drift(read_capture(path))
    return specification_drift(Specification.of_text(path.read_text()), _asked_for())


def _fetched(url: str) -> str:
    import httpx

    try:
        return httpx.get(url, timeout=_SECONDS, follow_redirects=True).raise_for_status().text
    except httpx.HTTPError as error:
        raise ConfigurationError(f"expected an OpenAPI document at {url}, found {error}") from error


def _answers(folder: Path) -> Iterator[Payload]:
    """Yield the answers in a folder; a file has its path for a name, e.g. ``api_stock__ticker__max-pain.json``."""
    from producers.source import Payload
    from producers.unusual_whales.models.paths import PATHS

    by_name = {path.strip("/").replace("/", "_").replace("{", "_").replace("}", "_"): path for path in PATHS}
    files = sorted(folder.glob("*.json"))
    if not files:
        raise ConfigurationError(f"expected answers (.json) in {folder}, found none")
    for file in files:
        yield Payload(by_name.get(file.stem, file.stem), file.read_bytes(), 0)


def _asked_for() -> Mapping[str, frozenset[str]]:
    """Return the parameters that the catalogue sends, by path."""
    from infra.settings import load
    from producers.rest_catalog.loader import load as load_catalog
    from producers.rest_catalog.unusual_whales import CATALOG

    settings = load().unusual_whales
    catalog = load_catalog(Path(settings.catalog_path or CATALOG), settings.symbols)
    found: dict[str, frozenset[str]] = {}
    for endpoint in catalog.endpoints.values():
        path = catalog.vendor.base_path + endpoint.path
        rows = [name for name in (endpoint.rows.newer_than, endpoint.rows.older_than, endpoint.rows.page) if name]
        in_path = {name for name in endpoint.params if f"{{{name}}}" in path}
        found[path] = found.get(path, frozenset()) | (frozenset((*endpoint.params, *rows)) - in_path)
    return found
