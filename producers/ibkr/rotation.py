"""What outlives a connection to TWS: whose turn it is, generations, sequences, and how lively each book was."""

from __future__ import annotations

from collections.abc import Sequence

from infra.clock import MICROSECONDS
from infra.settings import IbkrSettings
from producers.ibkr.client import Contract
from producers.ibkr.instrument import Instrument, instrument
from producers.ibkr.scores import Activity, weights
from producers.ibkr.slots import DepthSlots

_GENERATION_ZERO_US = 1_577_836_800 * MICROSECONDS  # 2020-01-01: seconds since then fit the record's 31 bits until 2088


class Rotation:
    """One process's rotation over any number of connections.

    Generations and sequences go on above those of an earlier process without reading the topic: generations begin at the seconds since
    2020, sequences at the milliseconds since 1970, and neither is used up as fast as time passes.
    """

    def __init__(self, settings: IbkrSettings, now_us: int) -> None:
        self.instruments: dict[str, Instrument] = {found.symbol: found for found in map(instrument, settings.symbols)}
        self.slots = DepthSlots(
            list(self.instruments), settings.depth_slots, round(settings.dwell_seconds * MICROSECONDS),
            max(1, (now_us - _GENERATION_ZERO_US) // MICROSECONDS),
        )  # fmt: skip
        self.contracts: dict[str, Contract] = {}
        self.refused: dict[str, str] = {}
        self._smart = settings.smart_choice
        self._first_sequence = max(1, now_us // 1_000)
        self._sequences: dict[str, int] = {}
        self._activity: dict[str, Activity] = {}

    @property
    def symbols(self) -> Sequence[str]:
        return list(self.instruments)

    @property
    def weights(self) -> dict[str, float] | None:
        """Shares of the slots; None for a plain rotation."""
        return weights(self._activity) if self._smart else None

    def next_sequence(self, symbol: str) -> int:
        """Return the next number of a symbol's snapshots: one more than the last."""
        self._sequences[symbol] = self._sequences.get(symbol, self._first_sequence - 1) + 1
        return self._sequences[symbol]

    def saw(self, symbol: str, activity: Activity | None) -> None:
        """Note what a turn showed."""
        if activity is not None:
            self._activity[symbol] = activity
