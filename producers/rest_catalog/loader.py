"""Reads a catalogue file; every problem at once, each with file name and line (CFG-09)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from infra.errors import ConfigurationError
from infra.plugins import load_all
from producers.rest_catalog.catalog import Catalog, Place, problems
from producers.rest_catalog.endpoint import CatalogContent


def load(path: Path, watched: Sequence[str]) -> Catalog:
    """Read and check a file.

    Parameters
    ----------
    watched
        Symbols of the settings, for entries that ask for ``watched``.

    Raises
    ------
    ConfigurationError
        Naming everything that is wrong, as ``file:line: place: expected …, found …``.
    """
    load_all("producers")  # whoever registers a transform
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"expected to read {path}, found {error}") from error
    return parse(text, path.name, watched)


def parse(text: str, name: str, watched: Sequence[str]) -> Catalog:
    """Do the same with a text; transforms must be registered already."""
    root, plain = _yaml(text, name)
    try:
        content = CatalogContent.model_validate(plain)
    except ValidationError as error:
        found = [(tuple(issue["loc"]), _sentence(dict(issue))) for issue in error.errors()]
        raise ConfigurationError(_report(name, root, found)) from None
    if unfit := list(problems(content)):
        raise ConfigurationError(_report(name, root, unfit))
    return Catalog(name, content, tuple(watched))


def _yaml(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise ConfigurationError(f"{name}:1: expected a catalogue, found an empty file")
        if twice := list(_repeated(root)):
            raise ConfigurationError("; ".join(f"{name}:{line}: expected a key once, found {key} again" for line, key in twice))
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(f"{name}:{mark.line + 1 if mark else 1}: expected YAML, found: {error.problem}") from None
    finally:
        loader.dispose()


def _repeated(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Find keys that stand twice in a mapping, of which YAML would silently take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(str(key.value))
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)


def _report(name: str, root: yaml.Node | None, found: Sequence[tuple[Place, str]]) -> str:
    lines = sorted((_line(root, place), _words(place), sentence) for place, sentence in found)
    return "; ".join(dict.fromkeys(f"{name}:{line}: {words}: {sentence}" for line, words, sentence in lines))


def _line(node: yaml.Node | None, place: Place) -> int:
    """Return the line of a place, or of the nearest part around it that is in the file."""
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                continue  # a word of pydantic's for the branch it tried, or a field that is missing
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _words(place: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place if not str(part).startswith(("function-", "literal[")))
    return text.removeprefix(".") or "file"


def _sentence(issue: dict[str, Any]) -> str:
    if issue["type"] == "extra_forbidden":
        return "unknown field"
    if issue["type"] == "missing":
        return "expected a value, found nothing"
    return f"{issue['msg'].removeprefix('Value error, ')}, found {issue['input']!r:.80}"
