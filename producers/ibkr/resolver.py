"""From instruments to contracts that the vendor knows; of a future the one whose turn it is (IBK-07, IBK-23)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from producers.ibkr.client import Contract
from producers.ibkr.instrument import Instrument
from producers.ibkr.roll import front

UNKNOWN = "200 unknown contract"


class ContractPort(Protocol):
    """What the resolver needs of a connection."""

    async def listed(self, instrument: Instrument, timeout_seconds: float) -> list[Contract]:
        """Return every contract that fits."""


@dataclass(slots=True)
class Resolver:
    """Keeps the contracts it found, over connections.

    Attributes
    ----------
    contracts
        By our name.
    unknown
        What the vendor does not know, and why.
    """

    contracts: dict[str, Contract] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    async def resolve(self, port: ContractPort, instruments: Sequence[Instrument], now_us: int, timeout_seconds: float) -> list[str]:
        """Find the contracts of those that are new, changed, or whose turn is over; return the names that have another contract now.

        Raises
        ------
        Retryable
            If the vendor does not answer.
        """
        wanted = [each for each in instruments if self._is_missing(each, now_us)]
        answers = await asyncio.gather(*(port.listed(each, timeout_seconds) for each in wanted))
        changed = []
        for each, listed in zip(wanted, answers, strict=True):
            contract = _chosen(each, listed, now_us)
            before = self.contracts.get(each.symbol)
            if contract is None:
                self.unknown[each.symbol] = UNKNOWN
                self.contracts.pop(each.symbol, None)
            else:
                self.unknown.pop(each.symbol, None)
                self.contracts[each.symbol] = contract
            if contract is None or before is None or (before.instrument, before.local_symbol) != (each, contract.local_symbol):
                changed.append(each.symbol)
        return changed

    def due(self, instruments: Sequence[Instrument], now_us: int) -> bool:
        """Tell whether any of these must be asked for: it is new, or its turn is over."""
        return any(self._is_missing(each, now_us) and each.symbol not in self.unknown for each in instruments)

    def _is_missing(self, each: Instrument, now_us: int) -> bool:
        known = self.contracts.get(each.symbol)
        return known is None or known.instrument != each or (known.until_us is not None and now_us >= known.until_us)


def _chosen(instrument: Instrument, listed: Sequence[Contract], now_us: int) -> Contract | None:
    if instrument.roll is None:
        return listed[0] if listed else None  # of several the first: SMART names each listing once a venue
    dated = [contract for contract in listed if contract.expiry is not None and contract.month is not None]
    found = front([(each.expiry, each.month) for each in dated if each.expiry and each.month], instrument.roll, now_us)
    return None if found is None else replace(dated[found.place], until_us=found.until_us)
