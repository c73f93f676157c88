"""The shape of a page: a function with a decorator; adding a page is adding one file to dashboards/views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.desk import Desk

Draw = Callable[[Desk], None]


@dataclass(frozen=True, slots=True)
class Page:
    """One registered page.

    Attributes
    ----------
    name
        Its address, ``/<name>``; the name of its file.
    title
        What the navigation shows.
    icon
        A Material symbol, e.g. ``:material/bolt:``.
    order
        Place in the navigation; the first is the one people land on.
    draw
        Draws it; may raise, `dashboards.guard` turns that into words.
    """

    name: str
    title: str
    icon: str
    order: int
    draw: Draw


_REGISTRY: dict[str, Page] = {}


def page(*, title: str, icon: str, order: int) -> Callable[[Draw], Draw]:
    """Register the decorated function as the page of its file."""

    def register(draw: Draw) -> Draw:
        name = draw.__module__.rpartition(".")[2]
        known = _REGISTRY.get(name)
        if known is not None and known.draw is not draw:
            raise ValueError(f"{draw.__module__}: expected one page a file, found a second, {draw.__qualname__}")
        _REGISTRY[name] = Page(name, title, icon, order, draw)
        return draw

    return register


def registered() -> list[Page]:
    """Return the pages in the order of the navigation."""
    return sorted(_REGISTRY.values(), key=lambda entry: (entry.order, entry.name))
