"""Which symbols' books are open: a few slots, shared by turns. Pure: time and weights are given.

Interactive Brokers allows three books at once. Each symbol has a weight; what it has used of the slots, divided by the weight, is its
account, and the lowest account is next (stride scheduling). Equal weights rotate plainly; twice the weight gets twice the time, and
nobody starves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Change(NamedTuple):
    """Close or open one book; closes come before opens, or the vendor answers 309."""

    action: Literal["close", "open"]
    symbol: str
    generation: int


_SHORTEST_LIFE_US = 30_000_000


@dataclass(slots=True)
class _Open:
    generation: int
    since_us: int


class DepthSlots:
    """The rotation.

    Parameters
    ----------
    symbols
        Who takes part, in the order of their first turns.
    slots
        Books that may be open at once.
    dwell_us
        A turn's length; a symbol whose account is still the lowest keeps its book for another.
    first_generation
        Generations rise from here, also over restarts: a reader drops what is older than it has seen.
    """

    def __init__(self, symbols: Sequence[str], slots: int, dwell_us: int, first_generation: int) -> None:
        self._used_us = dict.fromkeys(symbols, 0.0)
        self._order = {symbol: place for place, symbol in enumerate(self._used_us)}
        self._open: dict[str, _Open] = {}
        self._parked_until_us: dict[str, int] = {}
        self._slots, self._dwell_us, self._next_generation = slots, dwell_us, first_generation

    @property
    def generations(self) -> dict[str, int]:
        """Symbols whose books are open, and their generations."""
        return {symbol: state.generation for symbol, state in self._open.items()}

    @property
    def slots(self) -> int:
        """How many books may be open at once."""
        return self._slots

    def limit(self, slots: int) -> None:
        """Use so many slots from the next turn on, at least one."""
        self._slots = max(1, slots)

    def turn(self, now_us: int, weights: Mapping[str, float] | None = None) -> list[Change]:
        """Return what must be closed and opened now.

        Parameters
        ----------
        weights
            Above 0; a symbol that is not named has 1.
        """
        expired = [symbol for symbol, state in self._open.items() if now_us - state.since_us >= self._dwell_us]
        for symbol in expired:
            self._charge(symbol, weights)
        staying = [symbol for symbol in self._open if symbol not in expired]
        free = self._slots - len(staying)
        candidates = [symbol for symbol in self._used_us if symbol not in staying and self._parked_until_us.get(symbol, 0) <= now_us]
        # Of equals, one that waits goes before one that has a book; the slot changes hands only for a reason, so among those by order.
        candidates.sort(key=lambda symbol: (self._used_us[symbol], symbol in self._open, self._order[symbol]))
        chosen = candidates[: max(0, free)]
        changes = [self._close(symbol) for symbol in expired if symbol not in chosen]
        for symbol in chosen:
            if symbol in self._open:
                self._open[symbol].since_us = now_us
            else:
                changes.append(self._begin(symbol, now_us))
        return changes

    def life_us(self, weights: Mapping[str, float] | None = None) -> int:
        """Return after how long without a book a symbol has missed a whole rotation (IBK-10): never below half a minute."""
        shares = [1.0 if weights is None else weights.get(symbol, 1.0) for symbol in self._used_us] or [1.0]
        return max(_SHORTEST_LIFE_US, math.ceil(sum(shares) / min(shares) / self._slots) * self._dwell_us)

    def again(self, symbol: str) -> list[Change]:
        """Subscribe to an open book again, with a new generation: after 316, or when the book cannot be trusted."""
        if symbol not in self._open:
            return []
        since_us = self._open[symbol].since_us
        closed = self._close(symbol)
        opened = self._begin(symbol, since_us)  # the turn goes on: a book that halts again and again must not keep its slot
        return [closed, opened]

    def give_back(self, symbol: str, until_us: int) -> list[Change]:
        """Close a book that the vendor refuses, and leave its symbol out until a moment."""
        self._parked_until_us[symbol] = until_us
        return [self._close(symbol)] if symbol in self._open else []

    def leave(self, symbol: str) -> list[Change]:
        """Take a symbol out of the rotation for good, and close its book."""
        closed = [self._close(symbol)] if symbol in self._open else []
        for place in (self._used_us, self._order, self._parked_until_us):
            place.pop(symbol, None)
        return closed

    def enter(self, symbol: str) -> None:
        """Let a symbol take part from the next turn on; those that have waited longer come first."""
        self._parked_until_us.pop(symbol, None)
        if symbol not in self._used_us:
            self._used_us[symbol] = min(self._used_us.values(), default=0.0)
            self._order[symbol] = max(self._order.values(), default=0) + 1

    def forget(self) -> None:
        """Note that no book is open any more: the connection is over, or everything was lost."""
        self._open.clear()

    def restart(self) -> list[Change]:
        """Subscribe to every open book again with a new generation, after everything was lost on the other side."""
        before = dict(self._open)
        self._open.clear()
        return [self._begin(symbol, state.since_us) for symbol, state in before.items()]

    def _charge(self, symbol: str, weights: Mapping[str, float] | None) -> None:
        weight = 1.0 if weights is None else weights.get(symbol, 1.0)
        # A late timer's excess is charged like a whole turn: else equal weights would drift out of their order.
        self._used_us[symbol] += self._dwell_us / weight

    def _begin(self, symbol: str, now_us: int) -> Change:
        generation, self._next_generation = self._next_generation, self._next_generation + 1
        self._open[symbol] = _Open(generation, now_us)
        return Change("open", symbol, generation)

    def _close(self, symbol: str) -> Change:
        return Change("close", symbol, self._open.pop(symbol).generation)
