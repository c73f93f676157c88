"""What outlives a connection to TWS: whose turn it is, generations, sequences, and how lively each book was."""

from __future__ import annotations

from collections.abc import Sequence

from infra.clock import MICROSECONDS
from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import Contract
from producers.ibkr.instrument import Instrument
from producers.ibkr.resolver import UNKNOWN, ContractPort, Resolver
from producers.ibkr.scores import Activity, weights
from producers.ibkr.sequences import Sequences
from producers.ibkr.slots import Change, DepthSlots
from producers.ibkr.universe import UniverseFile

_GENERATION_ZERO_US = 1_577_836_800 * MICROSECONDS  # 2020-01-01: seconds since then fit the record's 31 bits until 2088


class Rotation:
    """One process's rotation over any number of connections.

    Generations and sequences go on above those of an earlier process without reading the topic: generations begin at the seconds since
    2020, sequences at the milliseconds since 1970, and neither is used up as fast as time passes.
    """

    def __init__(self, settings: IbkrSettings, now_us: int) -> None:
        self.file = UniverseFile(settings.universe_path)
        self._named = settings.symbols
        self.instruments = self._wanted()
        self.slots = DepthSlots(
            list(self.instruments), settings.depth_slots, round(settings.dwell_seconds * MICROSECONDS),
            max(1, (now_us - _GENERATION_ZERO_US) // MICROSECONDS),
        )  # fmt: skip
        self._resolver = Resolver()
        self.refused: dict[str, str] = {}
        self._smart = settings.smart_choice
        self._sequences = Sequences(max(1, now_us // 1_000))
        self._activity: dict[str, Activity] = {}

    @property
    def symbols(self) -> Sequence[str]:
        return list(self.instruments)

    @property
    def contracts(self) -> dict[str, Contract]:
        """Contracts found so far, by our name."""
        return self._resolver.contracts

    def is_stale(self, now_us: int) -> bool:
        """Tell whether the file of instruments changed, or a future's turn is over; reads the file."""
        if self.file.changed():
            return True
        return self._resolver.due(list(self.instruments.values()), now_us)

    async def renew(self, port: ContractPort, now_us: int, timeout_seconds: float) -> list[Change]:
        """Take part in what the file says now, with today's contracts; return the books that must be closed for it.

        Raises
        ------
        Retryable
            If the vendor does not answer.
        """
        wanted = self._wanted()
        changed = await self._resolver.resolve(port, list(wanted.values()), now_us, timeout_seconds)
        closes: list[Change] = []
        for symbol in [symbol for symbol in self.instruments if symbol not in wanted]:
            closes += self.slots.leave(symbol)
            self.refused.pop(symbol, None)
        for symbol in changed:
            closes += self.slots.leave(symbol)
        for symbol in wanted:
            if symbol in self._resolver.unknown:
                self.refused[symbol] = UNKNOWN
                self.slots.leave(symbol)
            else:
                if self.refused.get(symbol) == UNKNOWN:
                    del self.refused[symbol]
                self.slots.enter(symbol)
        self.instruments = wanted
        return closes

    def _wanted(self) -> dict[str, Instrument]:
        universe = self.file.universe
        return {found.symbol: found for found in universe.named(self._named or universe.rotation)}

    @property
    def weights(self) -> dict[str, float] | None:
        """Shares of the slots; None for a plain rotation."""
        return weights(self._activity) if self._smart else None

    def next_sequence(self, symbol: str) -> int:
        """Return the next number of a symbol's snapshots: one more than the last."""
        return self._sequences.next(symbol)

    def saw(self, symbol: str, activity: Activity | None) -> None:
        """Note what a turn showed."""
        if activity is not None:
            self._activity[symbol] = activity
