"""The transforms that a catalogue entry may name (ING-31): an answer in, records out; pure.

A transform is registered where it is written::

    @transform("uw_greek_exposure")
    def greek_exposure(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from producers.source import Parsed, Payload, Refused, Stamps

Transform = Callable[[Payload, Stamps, Mapping[str, str]], Sequence[Parsed | Refused]]
"""Payload, stamps and the entry's options; raises `Permanent` with the field's path for an answer of which nothing can be used."""

_TRANSFORMS: dict[str, Transform] = {}


def transform(name: str) -> Callable[[Transform], Transform]:
    """Register the decorated function; two may not share a name."""

    def register(function: Transform) -> Transform:
        known = _TRANSFORMS.get(name)
        if known is not None and known is not function:
            raise ValueError(f"two transforms are called {name}: {known.__module__} and {function.__module__}")
        _TRANSFORMS[name] = function
        return function

    return register


def transforms() -> dict[str, Transform]:
    """Return all transforms registered so far; `infra.plugins.load_all("producers")` imports those that define them."""
    return dict(sorted(_TRANSFORMS.items()))
