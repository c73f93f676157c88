"""Bars of the tape's vendor, which stand in for the trades of symbols that have none.

Nobody subscribes to the trades of ten thousand symbols to scan them: their bars of a minute are enough, and a sixtieth of the work. Trades count
more: a symbol that has had some within the correction horizon takes no bars, and a trade inside a bar that stood in changes nothing any more.
"""

from __future__ import annotations

from zlib import crc32

from infra.errors import Permanent
from infra.settings import BarSettings, TapeSettings
from processors.calc.aggregate import Aggregate, of_bar
from processors.calc.windows import SECOND_US
from processors.folds.bars import AGGREGATES
from processors.folds.trades import PRINTS
from schemas.instruments import is_crypto_pair
from schemas.records import Bar, MarketHistory, MarketState, Resolution

TOPIC = "market.bars"
_LENGTHS = {"none": None, "1s": Resolution.S1, "1m": Resolution.M1}


class VendorBars:
    """Which bars are wanted, and when their symbols are folded.

    Parameters
    ----------
    bars
        Resolution, patience and spread.
    tape
        The vendor whose bars count, of each kind of instrument.
    """

    def __init__(self, bars: BarSettings, tape: TapeSettings) -> None:
        self._resolution = _LENGTHS[bars.vendor_bars]
        self._tape = tape
        self._grace_us = round(bars.grace_seconds * SECOND_US)
        self._patience_us = round(bars.vendor_bar_patience_seconds * SECOND_US)
        self._spread = bars.vendor_bar_spread_seconds

    def wants(self, bar: Bar) -> bool:
        """Tell whether a bar may stand in for trades; raises `Permanent` when it is none."""
        vendor = self._tape.crypto if is_crypto_pair(bar.symbol) else self._tape.stocks
        if bar.resolution is not self._resolution or bar.source != vendor:
            return False
        if not (0 < bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high and bar.volume >= 0):
            found = f"{bar.open}, {bar.high}, {bar.low}, {bar.close} with volume {bar.volume}"
            raise Permanent(f"bar: expected 0 < low <= open, close <= high, found {found}", "close")
        return True

    def behind_us(self, state: MarketState) -> int:
        """Return how much later the symbol's windows close because its bars must be waited for, microseconds; with its first trade that is over."""
        if not is_fed_by_bars(state.history):
            return 0
        if state.pending_prints and PRINTS.last(state.pending_prints).ts_event >= state.history.bars_until:
            return 0
        return self._patience_us + self._slot_us(state.symbol)

    def until_us(self, symbol: str, tick_us: int) -> int:
        """Return until when the bars must end that the tick folds."""
        return tick_us - self._grace_us - self._slot_us(symbol)

    def oldest_us(self, symbol: str, tick_us: int) -> int:
        """Return the moment by which the ends of bars are past all patience at the tick."""
        return self.until_us(symbol, tick_us) - self._patience_us

    def are_due(self, state: MarketState, tick_us: int) -> bool:
        """Tell whether the tick folds a waiting bar."""
        return AGGREGATES.first(state.pending_bars).end <= self.until_us(state.symbol, tick_us)

    def _slot_us(self, symbol: str) -> int:
        return crc32(symbol.encode()) % self._spread * SECOND_US


def append(pending: bytes, bar: Bar) -> bytes:
    """Add a bar to those that wait."""
    window, prices = (bar.window_start, bar.window_end), (bar.open, bar.high, bar.low, bar.close)
    return pending + AGGREGATES.pack(*of_bar(window, prices, bar.volume, bar.vwap, bar.trade_count))


def due(pending: bytes, until_us: int) -> tuple[list[Aggregate], bytes]:
    """Return the waiting bars that end by the moment, oldest first, and the others."""
    rows = AGGREGATES.unpack(pending)
    ended = sorted((row for row in rows if row.end <= until_us), key=lambda row: row.start)
    return ended, AGGREGATES.pack_all(row for row in rows if row.end > until_us)


def is_fed_by_bars(history: MarketHistory) -> bool:
    """Tell whether the newest that is known of a symbol's trades came in a bar."""
    return 0 < history.bars_until == history.last_trade_end
