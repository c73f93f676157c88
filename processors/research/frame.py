"""What `fetch` returns: bars with the signals and the regime at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.settings import Settings
from processors.research.bar_replay import BarReplay
from schemas.records import Bar, Regime, Resolution, Signal

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Frame:
    """Bars of one symbol; the three sequences are of equal length, oldest first.

    Attributes
    ----------
    bars
        As the vendor says.
    signals
        What the strategies called at each bar; mostly nothing.
    regimes
        The regime at each bar's close.
    """

    symbol: str
    vendor: str
    resolution: Resolution
    bars: tuple[Bar, ...]
    signals: tuple[tuple[Signal, ...], ...]
    regimes: tuple[Regime, ...]

    def __len__(self) -> int:
        return len(self.bars)

    def table(self) -> pd.DataFrame:
        """Return one row a bar, by the end of its window (UTC): prices, volume, the newest signal's side and confidence, regime numbers."""
        import pandas as pd

        rows = [
            {
                "open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close, "volume": bar.volume, "vwap": bar.vwap,
                "signal": signals[-1].side.value if signals else None, "signal_confidence": signals[-1].confidence if signals else None,
                "regime": regime.label.value, "kalman_price": regime.kalman_price, "kalman_price_sd": regime.kalman_price_sd,
                "kalman_velocity_per_minute": regime.kalman_velocity_per_minute, "rise_probability": regime.rise_probability,
                "realised_volatility": regime.realised_volatility,
            }
            for bar, signals, regime in zip(self.bars, self.signals, self.regimes, strict=True)
        ]  # fmt: skip
        ends = pd.to_datetime([bar.window_end for bar in self.bars], unit="us", utc=True)
        return pd.DataFrame(rows, index=pd.DatetimeIndex(ends, name="window_end"))


def frame_of(symbol: str, vendor: str, resolution: Resolution, bars: Sequence[Bar], settings: Settings) -> Frame:
    """Return bars, oldest first, with what they led to."""
    replay = BarReplay(symbol, resolution, settings)
    meanings = [replay.add(bar) for bar in bars]
    return Frame(
        symbol, vendor, resolution, tuple(bars), tuple(meaning.signals for meaning in meanings), tuple(meaning.regime for meaning in meanings)
    )
