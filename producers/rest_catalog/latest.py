"""The newest value of each endpoint and symbol, as long as it is fresh (ING-42): what is too old is "expired", never the old number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from infra.clock import MICROSECONDS
from producers.source import Payload


class NoValue(Enum):
    """Why there is no value."""

    ABSENT = "absent"
    EXPIRED = "expired"


Key = tuple[str, str | None, int]
"""Endpoint id, symbol, and number of the expiry where there is a call for each."""


@dataclass(slots=True)
class Latest:
    """Newest answers; holds at most one a key, and lets go of its bytes when it expires."""

    _values: dict[Key, tuple[Payload | None, int, int]] = field(default_factory=dict)

    def put(self, key: Key, payload: Payload, ttl_seconds: int) -> None:
        """Remember an answer."""
        self._values[key] = (payload, payload.received_us, payload.received_us + ttl_seconds * MICROSECONDS)

    def get(self, key: Key, now_us: int) -> Payload | NoValue:
        """Return the newest answer, or why there is none."""
        if key not in self._values:
            return NoValue.ABSENT
        payload, received_us, expires_us = self._values[key]
        if payload is None or now_us >= expires_us:
            self._values[key] = (None, received_us, expires_us)
            return NoValue.EXPIRED
        return payload

    def is_fresh(self, endpoint: str, symbol: str | None, now_us: int) -> bool:
        """Tell whether there is a fresh value: for this symbol, or for all of them; asked without a symbol, for any."""
        keys = [key for key in self._values if key[0] == endpoint and (symbol is None or key[1] in (symbol, None))]
        return any(isinstance(self.get(key, now_us), Payload) for key in keys)

    def age_us(self, key: Key, now_us: int) -> int | None:
        """Return how long ago the newest answer came; None when none did."""
        found = self._values.get(key)
        return None if found is None else now_us - found[1]

    def keep_only(self, endpoints: frozenset[str]) -> None:
        """Forget what is no longer in the catalogue."""
        self._values = {key: value for key, value in self._values.items() if key[0] in endpoints}

    def sweep(self, now_us: int) -> None:
        """Let go of the bytes of everything that has expired."""
        for key in self._values:
            self.get(key, now_us)
