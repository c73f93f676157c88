"""Reads an option chain from a file, whichever of the known formats it has."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from infra.errors import Permanent
from infra.files.chain_cboe import is_cboe, read_cboe
from infra.files.chain_file import ChainFile, misfit
from infra.files.chain_json import read_polygon, read_unusual_whales
from infra.files.chain_lean import is_lean, read_lean

KNOWN = "a CBOE delayed quote table, a LEAN option universe (CSV or zip), or JSON of Polygon's or Unusual Whales' chains"


def read_chain(path: Path) -> ChainFile:
    """Read one chain.

    Raises
    ------
    Permanent
        If the file is none of the known formats, or breaks its own; with file, line, what was expected and what was found.
    """
    name, text = _text(path)
    if is_cboe(text):
        return read_cboe(str(path), text)
    if is_lean(text):
        return read_lean(path, name, text)
    if text.lstrip()[:1] in ("{", "["):
        return _json(path, text)
    raise misfit(path, 1, KNOWN, text[:60])


def _text(path: Path) -> tuple[str, str]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                [entry, *more] = archive.namelist() or [""]
                if more or not entry:
                    raise misfit(path, None, "one file inside the zip", f"{len(archive.namelist())} of them")
                return entry, archive.read(entry).decode()
        return path.name, path.read_text()
    except OSError as error:
        raise Permanent(f"{path}: expected a file that can be read, found {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise misfit(path, None, KNOWN, "bytes that are no text") from None


def _json(path: Path, text: str) -> ChainFile:
    try:
        body: Any = json.loads(text)
    except ValueError as error:
        raise misfit(path, getattr(error, "lineno", None), "JSON", error) from None
    pages = body if isinstance(body, list) else [body]
    if pages and all(isinstance(page, dict) and isinstance(page.get("results"), list) for page in pages):
        return read_polygon(str(path), pages)
    if pages and all(isinstance(page, dict) and isinstance(page.get("data"), list) for page in pages):
        return read_unusual_whales(str(path), pages)
    raise misfit(path, 1, KNOWN, text[:60])
