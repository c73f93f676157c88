"""A hundred small stocks that gap and hardly trade (WCH-11): they fill the simulated Polygon's snapshots, not its tape.

A day's watchlist has a hundred names, and a hundred streamed symbols would be work for nothing: nobody plants a box in these.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import numpy as np

from infra.vendorsim.market_events import MINUTE_MS

COUNT = 100
_NANOSECONDS = 1_000_000
_TRADED_FOR_MINUTES = 20  # and then no more before the bell: whoever asks in the last minutes hears the same


@dataclass(frozen=True, slots=True)
class QuietGapper:
    """One of them.

    Attributes
    ----------
    price, previous_close
        US dollars.
    volume, previous_volume
        Shares traded today once it has traded, and yesterday.
    """

    symbol: str
    price: float
    previous_close: float
    volume: int
    previous_volume: int

    def snapshot(self, now_ms: int, first_ms: int) -> dict[str, Any]:
        """Return Polygon's snapshot of it at a moment of a day that began at ``first_ms``."""
        minutes = min(max((now_ms - first_ms) // MINUTE_MS, 1), _TRADED_FOR_MINUTES)
        updated_ms = first_ms + (minutes - 1) * MINUTE_MS
        shares = self.volume * minutes // _TRADED_FOR_MINUTES
        bar = {"o": self.price, "h": self.price, "l": self.price, "c": self.price, "v": shares, "vw": self.price}
        before = {**dict.fromkeys(("o", "h", "l", "c", "vw"), self.previous_close), "v": self.previous_volume}
        return {
            "ticker": self.symbol, "todaysChange": round(self.price - self.previous_close, 4),
            "todaysChangePerc": round((self.price / self.previous_close - 1) * 100, 4), "updated": updated_ms * _NANOSECONDS, "day": bar,
            "min": {**bar, "av": shares, "n": 1, "t": updated_ms},
            "lastTrade": {"c": [12], "i": "1", "p": self.price, "s": 100, "t": updated_ms * _NANOSECONDS, "x": 4}, "prevDay": before,
        }  # fmt: skip


def quiet_gappers(seed: int) -> list[QuietGapper]:
    """Return the hundred of a seed, alphabetically; each gaps by 5 to 9 % and has traded 30,000 shares and more."""
    random = np.random.default_rng((seed, 11))
    made = []
    for number in range(COUNT):
        symbol = f"Q{ascii_uppercase[number // 26]}{ascii_uppercase[number % 26]}Z"
        close = round(float(random.uniform(2, 18)), 2)
        gap = float(random.uniform(0.05, 0.09)) * (1 if random.random() < 0.7 else -1)
        volume = int(random.integers(600_000, 1_200_000))
        made.append(QuietGapper(symbol, round(close * (1 + gap), 2), close, volume, int(volume * random.uniform(0.2, 2))))
    return made
