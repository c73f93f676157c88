"""The option market around the simulated stocks: every chain, its trades and the alerts on them, made when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from threading import RLock
from uuid import UUID

import numpy as np

from infra.vendorsim.market_events import MarketSource
from infra.vendorsim.unusual_whales_chain import Chain, Integers
from infra.vendorsim.unusual_whales_tape import OptionTape
from infra.vendorsim.unusual_whales_underlyings import Underlying, underlyings

_ALERT_DELAY_MS = 250
RULES = ("RepeatedHits", "RepeatedHitsAscendingFill", "RepeatedHitsDescendingFill", "SweepsFollowedByFloor")


@dataclass(frozen=True, slots=True)
class FlowAlert:
    """A burst of trades in one contract.

    Attributes
    ----------
    trades
        Their positions in the tape.
    created_us
        When the vendor tells, microseconds since the epoch; no two alerts share it.
    rule
        Number in `RULES`.
    """

    symbol: str
    identity: str
    trades: Integers
    created_us: int
    rule: int
    has_sweep: bool
    has_floor: bool


class OptionDay:
    """One underlying's options on the market's day."""

    def __init__(self, underlying: Underlying, seed: int) -> None:
        self.underlying = underlying
        self.chain = Chain(underlying, seed)
        self.tape = OptionTape(self.chain, seed)

    def trade_id(self, position: int) -> str:
        """Return the id of a trade."""
        high, low = (int(word) for word in self.tape.identity[position])
        return str(UUID(int=(high << 64) | low, version=4))

    @cached_property
    def alerts(self) -> list[FlowAlert]:
        """All alerts of the day, in the order in which they are told."""
        tape, found = self.tape, []
        members = np.flatnonzero(tape.cluster >= 0)
        for cluster in np.unique(tape.cluster[members]):
            trades = members[tape.cluster[members] == cluster]
            first, last = int(trades[0]), int(trades[-1])
            high, low = (int(word) for word in tape.identity[first])
            found.append(
                FlowAlert(
                    symbol=self.underlying.symbol,
                    identity=str(UUID(int=(low << 64) | high, version=4)),
                    trades=trades,
                    # Part of a millisecond, so that moments are unique and pages by moment lose nothing.
                    created_us=(int(tape.ts_ms[last]) + _ALERT_DELAY_MS) * 1_000 + self.underlying.number * 37 + last % 37,
                    rule=low % len(RULES),
                    has_sweep=bool(low & 8),
                    has_floor=low % 11 == 0,
                )
            )
        return sorted(found, key=lambda alert: alert.created_us)


class OptionMarket:
    """The options of one day; the same source and seed give the same market, read at any moment in any order.

    Safe to read from several threads: a chain is built once, under a lock.
    """

    def __init__(self, source: MarketSource, seed: int) -> None:
        self.source = source
        self._seed = seed
        self._days: dict[str, OptionDay] = {}
        self._lock = RLock()

    @cached_property
    def underlyings(self) -> dict[str, Underlying]:
        """By symbol."""
        with self._lock:
            return underlyings(self.source, self._seed)

    @cached_property
    def date(self) -> date:
        """New York date of the market."""
        return next(iter(self.underlyings.values())).day

    @property
    def seed(self) -> int:
        return self._seed

    def day(self, symbol: str) -> OptionDay:
        """Return an underlying's options.

        Raises
        ------
        KeyError
            If nothing of the kind is listed.
        """
        with self._lock:
            if symbol not in self._days:
                self._days[symbol] = OptionDay(self.underlyings[symbol], self._seed)
            return self._days[symbol]

    def prepare(self) -> None:
        """Make every chain, its trades and its alerts now rather than when they are first asked for."""
        for symbol in self.underlyings:
            _ = self.day(symbol).alerts

    def alerts_before(self, moment_us: int, symbol: str | None = None) -> list[FlowAlert]:
        """Return the alerts told before a moment, oldest first."""
        wanted = [symbol] if symbol is not None else list(self.underlyings)
        found = [alert for name in wanted for alert in self.day(name).alerts if alert.created_us < moment_us]
        return sorted(found, key=lambda alert: alert.created_us)
