"""The request that a line of a catalogue makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from producers.rest_catalog.catalog import SYMBOL_PLACES, symbol_place
from producers.rest_catalog.schedule import Line


def request_of(line: Line, base_path: str, query: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[str, str]], Mapping[str, str]]:
    """Return path, query and, for the payload, what was asked for; values whose name stands in the path go there."""
    path, rest, parameters = base_path + line.endpoint.path, list[tuple[str, str]](), dict[str, str]()
    place = symbol_place(line.endpoint)
    if place is not None and line.symbol is not None:
        path = path.replace(f"{{{place}}}", quote(line.symbol, safe=""))
        parameters["id" if place == "id" else SYMBOL_PLACES[0]] = line.symbol
    for name, written in query:
        value = line.symbol if place is not None and line.symbol is not None and written == f"{{{place}}}" else written
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        else:
            rest.append((name, value))
    return path, rest, parameters
