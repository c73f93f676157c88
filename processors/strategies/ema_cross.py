"""EMA cross (STR-16): buy when the 20-bar mean of 1-minute closes crosses over the 50-bar mean and price is above the latter.

One signal a cross. Means that meet and part again on the same side (a plateau) have not crossed. A cross below the slow mean is
refused by gate PRICE_ABOVE_SLOW and does not come back when price rises later. It is the default until a play is switched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.plays_settings import EmaCrossSettings
from infra.settings import Settings
from processors.calc.indicators import change_bps
from processors.setups.gates import withheld
from processors.strategy import Decision, strategy
from processors.trust import doubts
from schemas.ids import deterministic_id
from schemas.records import MarketView, Side, Signal, SignalRefusal

ID = "ema-cross"
_SECOND_US = 1_000_000
_FULL_CONFIDENCE_BPS = 200.0


@dataclass(frozen=True, slots=True)
class EmaCrossState:
    """What one view must tell the next.

    Attributes
    ----------
    side
        +1 when the fast mean was last above the slow one, -1 below, 0 while unknown.
    window_end
        End of the newest bar looked at.
    """

    side: int = 0
    window_end: int = 0


def _parameters(settings: Settings) -> EmaCrossSettings:
    """Return its settings; once a play is switched on the crossover steps aside unless it is to run beside them (BOX-19)."""
    plays = (settings.vwap_play, settings.sigma_play, settings.high_of_day_play)
    aside = any(play.enabled for play in plays) and not settings.ema_cross.beside_plays
    return settings.ema_cross.model_copy(update={"enabled": False}) if aside else settings.ema_cross


@strategy(
    id=ID,
    summary="Buys when the 20-minute mean crosses over the 50-minute mean with price above it.",
    state=EmaCrossState,
    parameters=_parameters,
)
def step(state: EmaCrossState, view: MarketView, parameters: EmaCrossSettings) -> tuple[EmaCrossState, Sequence[Decision]]:
    """Look at the newest closed minute.

    Confidence: 0.5 at the slow mean, rising evenly to 1 where the close is 200 bps above it.
    """
    minute = view.features_1m
    if not parameters.enabled or (parameters.symbols and view.symbol not in parameters.symbols):
        return state, ()
    if minute is None or minute.window_end <= state.window_end:
        return state, ()
    fast, slow = minute.ema_20, minute.ema_50
    if fast is None or slow is None or fast == slow:
        return EmaCrossState(state.side, minute.window_end), ()
    side = 1 if fast > slow else -1
    after = EmaCrossState(side, minute.window_end)
    if not (side == 1 and state.side == -1):
        return after, ()
    distance = change_bps(minute.close, slow)
    signal_id = deterministic_id("signal", ID, view.symbol, Side.LONG, view.ts_event)
    if why := doubts(view):
        return after, (withheld(ID, Side.LONG, signal_id, view, why),)
    if minute.close <= slow:
        return after, (
            SignalRefusal(
                refusal_id=deterministic_id("refusal", signal_id, "PRICE_ABOVE_SLOW"), strategy=ID, symbol=view.symbol,
                side=Side.LONG, ts_event=view.ts_event, candidate_id=signal_id, gate="PRICE_ABOVE_SLOW",
                value=distance, limit=0.0, unit="bps",
                message=f"expected a close above the 50-bar mean, found {distance:.1f} bps",
                shortfall=-distance,
            ),
        )  # fmt: skip
    return after, (
        Signal(
            signal_id=signal_id,
            strategy=ID,
            symbol=view.symbol,
            side=Side.LONG,
            ts_event=view.ts_event,
            valid_until=view.ts_event + parameters.valid_seconds * _SECOND_US,
            confidence=0.5 + 0.5 * min(1.0, distance / _FULL_CONFIDENCE_BPS),
            triggers=(
                f"EMA 20 {fast:.4f} crossed over EMA 50 {slow:.4f}",
                f"close {distance:.1f} bps above EMA 50",
            ),
            price=view.last_price,
        ),
    )
