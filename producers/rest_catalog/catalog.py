"""A checked catalogue: the file's content, whose symbols it asks for, and whether its parts fit each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from producers.rest_catalog.endpoint import WATCHED, CatalogContent, Endpoint, Vendor, seconds_of
from producers.rest_catalog.row_steps import ROW_STEPS
from producers.rest_catalog.transforms import transforms
from schemas import catalog as topics

SYMBOL_PLACES = ("ticker", "symbol", "id")
_PLACE = re.compile(r"\{([a-z_]+)\}")

Place = tuple[str | int, ...]
"""Where in a file something stands, e.g. ``("endpoints", 3, "path")``."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """One vendor's catalogue.

    Attributes
    ----------
    name
        Of the file.
    watched
        Symbols of the settings.
    switched_off
        Features that the settings turn off, whatever the file says.
    """

    name: str
    content: CatalogContent
    watched: tuple[str, ...] = ()
    switched_off: frozenset[str] = frozenset()

    @property
    def vendor(self) -> Vendor:
        return self.content.vendor

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """All entries by id."""
        return {endpoint.id: endpoint for endpoint in self.content.endpoints}

    @property
    def active(self) -> tuple[Endpoint, ...]:
        """Entries that are switched on, by themselves and by their feature (ING-39, CFG-11)."""
        features = {name: on and name not in self.switched_off for name, on in self.content.features.items()}
        return tuple(one for one in self.content.endpoints if one.enabled and (one.feature is None or features[one.feature]))

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics that the file's transforms write."""
        return tuple(dict.fromkeys(topic for endpoint in self.content.endpoints for topic in endpoint.topics))

    def symbols_of(self, endpoint: Endpoint) -> tuple[str | None, ...]:
        """Return the symbols an entry is called for, ``(None,)`` when it has none in its path (ING-29)."""
        if symbol_place(endpoint) is None:
            return (None,)
        return tuple(dict.fromkeys(self._listed(endpoint)))

    def path_of(self, endpoint: Endpoint) -> str:
        """Return the template of an entry's path, with the vendor's base."""
        return self.vendor.base_path + endpoint.path

    def _listed(self, endpoint: Endpoint) -> tuple[str, ...]:
        if endpoint.symbols == WATCHED:
            return self.watched
        return self.content.watchlists[endpoint.symbols] if isinstance(endpoint.symbols, str) else endpoint.symbols


def symbol_place(endpoint: Endpoint) -> str | None:
    """Return the name, in the path or as a parameter's value, that symbols take."""
    values = (value for value in endpoint.params.values() if isinstance(value, str))
    places = (name for text in (endpoint.path, *values) for name in _PLACE.findall(text))
    return next((name for name in places if name in SYMBOL_PLACES), None)


def forbidden(vendor: Vendor, endpoint: Endpoint) -> str | None:
    """Return why what an entry asks for is never asked for (ING-08), or None."""
    for rule in vendor.forbidden:
        asked = {name: str(value) for name, value in endpoint.params.items()}
        if rule.path == endpoint.path and all(asked.get(name) in values for name, values in rule.params.items()):
            return rule.reason
    return None


def problems(content: CatalogContent) -> Iterator[tuple[Place, str]]:
    """Find what the parts of a file say that does not fit together, each with its place."""
    known = [endpoint.id for endpoint in content.endpoints]
    for number, endpoint in enumerate(content.endpoints):
        at: Place = ("endpoints", number)
        if endpoint.id in known[:number]:
            yield (*at, "id"), f"expected an id of its own, found {endpoint.id} twice"
        yield from _path_problems(endpoint, at, content)
        yield from _reference_problems(endpoint, at, content, known)
        regular = seconds_of(endpoint.cadence.regular)
        if regular is not None and endpoint.ttl_seconds < regular:
            yield (*at, "ttl_seconds"), f"expected at least the cadence of {regular} s, found {endpoint.ttl_seconds}: expired before the next call"
    cycle = _cycle({endpoint.id: endpoint.depends_on for endpoint in content.endpoints})
    if cycle is not None:
        yield ("endpoints", known.index(cycle[0]), "depends_on"), f"expected no circle, found {' -> '.join(cycle)}"


def _path_problems(endpoint: Endpoint, at: Place, content: CatalogContent) -> Iterator[tuple[Place, str]]:
    places = _PLACE.findall(endpoint.path)
    unknown = [name for name in places if name not in SYMBOL_PLACES and name not in endpoint.params]
    if unknown:
        yield (*at, "path"), f"expected {{{unknown[0]}}} of the path among params, found {sorted(endpoint.params)}"
    has_symbols = bool(endpoint.symbols)
    if has_symbols != (symbol_place(endpoint) is not None):
        yield (*at, "symbols" if has_symbols else "path"), "expected symbols and a place for them in the path or params, found one of them only"
    if isinstance(endpoint.symbols, str) and has_symbols and endpoint.symbols not in (WATCHED, *content.watchlists):
        yield (*at, "symbols"), f"expected {WATCHED} or a watchlist out of {sorted(content.watchlists)}, found {endpoint.symbols}"


def _reference_problems(endpoint: Endpoint, at: Place, content: CatalogContent, known: list[str]) -> Iterator[tuple[Place, str]]:
    for parent in endpoint.depends_on:
        if parent not in known:
            yield (*at, "depends_on"), f"expected an endpoint of this file, found {parent}"
    if endpoint.feature is not None and endpoint.feature not in content.features:
        yield (*at, "feature"), f"expected one out of {sorted(content.features)}, found {endpoint.feature}"
    if endpoint.transform is not None and endpoint.transform not in transforms():
        yield (*at, "transform"), f"expected one out of {', '.join(transforms()) or 'none at all'}, found {endpoint.transform}"
    if bool(endpoint.transform) != bool(endpoint.topics):
        yield (*at, "transform" if endpoint.transform else "topics"), "expected a transform and its topics, found one of them only"
    for number, step in enumerate(endpoint.steps):
        if step.name not in ROW_STEPS:
            yield (*at, "steps", number, "name"), f"expected one out of {', '.join(ROW_STEPS)}, found {step.name}"
    for number, name in enumerate(endpoint.topics):
        if name not in topics.topics():
            yield (*at, "topics", number), f"expected a topic of schemas/topics.yaml, found {name}"
        elif endpoint.key is not None and topics.topic(name).key != endpoint.key:
            yield (*at, "key"), f"expected {topics.topic(name).key}, the key of {name}, found {endpoint.key}"


def _cycle(parents: Mapping[str, tuple[str, ...]]) -> list[str] | None:
    """Return a circle of dependencies, if there is one."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return None
        for parent in parents.get(name, ()):
            if found := walk(parent, [*path, name]):
                return found
        done.add(name)
        return None

    return next((found for name in parents if (found := walk(name, []))), None)
