"""Deterministic ids: uuid5 of their causes, so that a repeat after a crash carries the same id."""

from __future__ import annotations

from uuid import UUID, uuid5

TAPEWIRE_NAMESPACE = UUID("6f0f5b5e-8f53-5c0b-9a53-1f5f0c3f7a11")
_SEPARATOR = "\x1f"  # cannot occur in tickers, ids or numbers, so ("a", "bc") and ("ab", "c") differ


def deterministic_id(kind: str, *causes: str | int | float) -> str:
    """Return the id of a ``kind`` of thing with these ``causes``, e.g. ``("box", "BCRX", "M1", 1586957400000000)``."""
    return str(uuid5(TAPEWIRE_NAMESPACE, _SEPARATOR.join([kind, *map(str, causes)])))
