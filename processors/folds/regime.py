"""The regime of one symbol: each closed bar of one length, new or revised, gives the regime at the newest bar.

All numbers are functions of the window of newest bars alone, the volatility's rank also of its earlier values; so a bar that a late trade
revised changes them as if it had been so from the start, and values already written stay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.regime_settings import RegimeSettings
from processors.calc.packed import Layout
from processors.calc.regime import FORMULA_VERSION, RegimeBar, RegimeRule, label_of, rank_among, regime_numbers
from processors.calc.windows import SECOND_US
from processors.fold import Output
from schemas.record import Record
from schemas.records import Bar, Regime, RegimeLabel, RegimeState, Resolution, Tick

BARS = Layout(RegimeBar)
_TOPIC = "derived.regimes"
_OF_BARS = ("window_start", "window_end", "high", "low", "close", "revision")  # in the order of RegimeBar
_RESOLUTIONS = tuple(Resolution)
Rows = tuple[npt.NDArray[Any], ...]


class RegimeFold:
    """Bars to regimes.

    Parameters
    ----------
    settings
        Windows and rule.
    resolution
        Length of the bars it folds; others pass.
    """

    state_type: type[RegimeState] = RegimeState

    def __init__(self, settings: RegimeSettings, resolution: Resolution = Resolution.M1) -> None:
        self._settings = settings
        self._resolution = resolution
        self._code = _RESOLUTIONS.index(resolution)
        self._rule = RegimeRule(settings.trend_adx, settings.trend_score, settings.reversion_score, settings.volatile_rank)

    def initial(self, key: str) -> RegimeState:
        """Return the state of a symbol that was never seen."""
        return RegimeState(symbol=key)

    def step(self, state: RegimeState, topic: str, record: Record) -> tuple[RegimeState, Sequence[Output]]:
        """Fold a bar; one that is older than the window, or was folded before, changes nothing.

        Raises
        ------
        Permanent
            For a price that is not above 0: it has no logarithm.
        """
        if not isinstance(record, Bar):
            raise Permanent(f"{topic}: expected a bar, found a {type(record).__name__}")
        if record.resolution is not self._resolution:
            return state, ()
        if not (record.low > 0.0 and record.close > 0.0 and record.high > 0.0):
            raise Permanent(f"bar: expected prices above 0, found low {record.low}, high {record.high}, close {record.close}", "low")
        if record.window_end <= record.window_start:
            raise Permanent(f"bar: expected window_end after window_start, found {record.window_start} to {record.window_end}", "window_end")
        bar = RegimeBar(record.window_start, record.window_end, record.high, record.low, record.close, record.revision)
        return self._fold(state, bar, record.ts_event)

    def columns_of(self, topic: str) -> Sequence[str]:
        """Return the fields it reads of bars: most of them are shorter than it wants and pass without becoming records."""
        return ("resolution", "ts_event", *_OF_BARS)

    def pack(self, topic: str, columns: Any) -> Rows:
        """Return the bars' fields, one array each."""
        return tuple(columns.column(name).values for name in self.columns_of(topic))

    def acceptable(self, topic: str, values: Rows) -> npt.NDArray[np.bool_]:
        """Tell which of them `step` would not refuse."""
        resolution, _, start, end, high, low, close, _ = values
        good: npt.NDArray[np.bool_] = (high > 0.0) & (low > 0.0) & (close > 0.0) & (end > start)
        good |= resolution != self._code
        return good

    def step_columns(self, state: RegimeState, topic: str, values: Rows) -> tuple[RegimeState, Sequence[Output]]:
        """Fold bars of one symbol, in offset order."""
        wanted = np.flatnonzero(values[0] == self._code)
        outputs: list[Output] = []
        for ts_event, *bar in zip(*(column[wanted].tolist() for column in values[1:]), strict=True):
            state, made = self._fold(state, RegimeBar(*bar), ts_event)
            outputs += made
        return state, outputs

    def wants_tick(self, state: RegimeState, tick: Tick) -> bool:
        """Bars carry the time; ticks are of no use here."""
        return False

    def _fold(self, state: RegimeState, bar: RegimeBar, ts_event: int) -> tuple[RegimeState, Sequence[Output]]:
        bars = self._with(BARS.unpack(state.bars), bar)
        if bars is None:
            return state, ()
        packed, newest = BARS.pack_all(bars), bars[-1]
        revision = state.revision + 1 if newest.end == state.window_end else 0
        known: dict[str, Any] = {
            "symbol": state.symbol, "resolution": self._resolution, "window_end": newest.end, "ts_event": ts_event, "bar_count": len(bars),
            "close": newest.close, "input_age_seconds": (ts_event - newest.end) / SECOND_US, "formula_version": FORMULA_VERSION,
            "revision": revision,
        }  # fmt: skip
        if len(bars) < self._settings.minimum_bars:
            reason = f"warming_up: {len(bars)} of {self._settings.minimum_bars} bars"
            unknown = Regime(**known, label=RegimeLabel.UNKNOWN, reasons=(reason,))
            return _state(unknown, packed, state.volatilities, state.last_ranked), (Output(_TOPIC, unknown),)
        numbers = regime_numbers(np.frombuffer(packed, BARS.dtype), self._settings.return_bars)
        # The history's newest value is that of the bar ranked last: of the same bar it is replaced, not joined.
        earlier = np.frombuffer(state.volatilities, "<f8")
        before = earlier[:-1] if state.last_ranked == newest.start and len(earlier) else earlier
        rank = rank_among(numbers.realised_volatility, before, self._settings.minimum_volatility_history)
        history = np.append(before, numbers.realised_volatility)[-self._settings.volatility_history - 1 :]
        reasons = [] if rank is not None else [f"volatility_rank warming_up: {len(before)} of {self._settings.minimum_volatility_history} values"]
        if numbers.rise_probability is None:
            reasons.append("no_movement")
        regime = Regime(
            **known,
            label=label_of(numbers, rank, self._rule),
            kalman_price=numbers.kalman_price,
            kalman_velocity_per_minute=numbers.kalman_velocity,
            kalman_price_sd=numbers.kalman_price_sd,
            kalman_velocity_sd_per_minute=numbers.kalman_velocity_sd,
            rise_probability=numbers.rise_probability,
            drift_score=numbers.drift_score,
            realised_volatility=numbers.realised_volatility,
            volatility_rank=rank,
            adx_14=numbers.adx,
            variance_ratio_5=numbers.variance_ratio,
            variance_ratio_score=numbers.variance_ratio_score,
            reasons=tuple(reasons),
        )
        return _state(regime, packed, history.tobytes(), newest.start), (Output(_TOPIC, regime),)

    def _with(self, bars: list[RegimeBar], bar: RegimeBar) -> list[RegimeBar] | None:
        """Put the bar in its place and forget what the window has left behind; None for a bar behind it, and for one known in this revision."""
        place = bisect_left(bars, bar.start, key=lambda row: row.start)
        replaced = place < len(bars) and bars[place].start == bar.start
        if replaced and bars[place].revision >= bar.revision:
            return None  # stage.market was killed and writes again
        after = [*bars[:place], bar, *bars[place + replaced :]]
        newest = after[-1]
        oldest_start = newest.end - self._settings.window_span_bars * (newest.end - newest.start)
        kept = [row for row in after[-self._settings.window_bars :] if row.start >= oldest_start]
        return kept if bar in kept else None


def _state(told: Regime, bars: bytes, volatilities: bytes, last_ranked: int) -> RegimeState:
    return RegimeState(
        symbol=told.symbol, bars=bars, volatilities=volatilities, last_ranked=last_ranked, revision=told.revision, window_end=told.window_end
    )
