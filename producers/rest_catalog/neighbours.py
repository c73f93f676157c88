"""The vendors at work in one process: where a call goes in the same turn when its own vendor cannot answer (ING-07, ING-35).

A vendor that is asked instead makes the call itself: with its own key, budget, breaker and way to Kafka, so what arrives carries its name. Two
processes would count one key's requests apart; so vendors that stand in for each other run in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol


class Desk(Protocol):
    """A vendor that can be asked; `producers.rest_catalog.poller.Poller` is one."""

    async def instead(self, entry: str, symbol: str | None) -> str | None:
        """Ask now; return None when records or payload are published, else why not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking others.

    Attributes
    ----------
    vendor
        Who answered; None when nobody did.
    reasons
        Why those before could not, as ``vendor.entry: reason``.
    """

    vendor: str | None
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Neighbours:
    """Desks by vendor."""

    _desks: dict[str, Desk] = field(default_factory=dict)

    @contextmanager
    def joined(self, vendor: str, desk: Desk) -> Iterator[None]:
        """Offer a desk until the block ends."""
        self._desks[vendor] = desk
        try:
            yield
        finally:
            del self._desks[vendor]

    def desk(self, vendor: str) -> Desk | None:
        """Return a vendor's desk; None while its feed does not run in this process."""
        return self._desks.get(vendor)

    async def ask(self, entries: Sequence[str], symbol: str | None) -> Outcome:
        """Ask one after the other until somebody answers."""
        reasons: list[str] = []
        for name in entries:
            vendor, _, entry = name.partition(".")
            desk = self.desk(vendor)
            why = "its feed does not run in this process" if desk is None else await desk.instead(entry, symbol)
            if why is None:
                return Outcome(vendor, tuple(reasons))
            reasons.append(f"{name}: {why}")
        return Outcome(None, tuple(reasons))


IN_THIS_PROCESS = Neighbours()
