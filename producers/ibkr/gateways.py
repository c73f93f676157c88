"""Which Gateway to connect to next: the one that failed least lately (IBK-04). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Gateways:
    """Addresses ``host:port`` and their failures in a row, in order of preference."""

    addresses: Sequence[tuple[str, int]]
    client_ids: int = 1
    failures: dict[tuple[str, int], int] = field(default_factory=dict)
    _client: int = 0
    _chosen: tuple[str, int] | None = None

    def choose(self) -> tuple[str, int]:
        """Return the address with the fewest failures in a row, of equals the first."""
        self._chosen = min(self.addresses, key=lambda address: self.failures.get(address, 0))
        return self._chosen

    def failed(self, address: tuple[str, int]) -> None:
        self.failures[address] = self.failures.get(address, 0) + 1

    def succeeded(self) -> None:
        """Note that the address chosen last serves us."""
        if self._chosen is not None:
            self.failures[self._chosen] = 0

    def client_id(self, first: int) -> int:
        """Return the client id to use."""
        return first + self._client

    def client_id_taken(self) -> None:
        """Go on to the next id: a connection that died without a word keeps its own for a while."""
        self._client = (self._client + 1) % self.client_ids


def addresses(host: str, port: int, standby: Sequence[str]) -> list[tuple[str, int]]:
    """Return the first address and those that stand by."""
    found = [(host, port)]
    for text in standby:
        name, _, number = text.rpartition(":")
        found.append((name, int(number)))
    return found
