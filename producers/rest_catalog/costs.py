"""What the calls cost (ING-38): calls times the price of a call, by endpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from producers.rest_catalog.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Spend:
    """One endpoint's calls, in US dollars."""

    endpoint: str
    calls: int
    cost: Decimal


@dataclass(slots=True)
class Costs:
    """Counts calls; a call is counted at the price it had when it was made."""

    _calls: Counter[str] = field(default_factory=Counter)
    _cost: dict[str, Decimal] = field(default_factory=dict)

    def count(self, endpoint: Endpoint) -> None:
        """Count a call, whatever came of it: the vendor does."""
        self._calls[endpoint.id] += 1
        self._cost[endpoint.id] = self._cost.get(endpoint.id, Decimal(0)) + endpoint.cost

    def report(self) -> tuple[Spend, ...]:
        """Return what was spent, the dearest first."""
        spends = (Spend(name, calls, self._cost[name]) for name, calls in self._calls.items())
        return tuple(sorted(spends, key=lambda spend: (-spend.cost, -spend.calls, spend.endpoint)))

    @property
    def total(self) -> Decimal:
        """Dollars spent in all."""
        return sum(self._cost.values(), Decimal(0))
