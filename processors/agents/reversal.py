"""Reversal (BAR-14): price turned back from a fresh high or low of the day. The score is the way back in 5-minute ATRs.

An extreme is told of once; it is fresh for `agents.reversal_minutes`, and what stood when the symbol was first seen is not fresh. The fast mean of
1-minute closes must lie between the price and the extreme. The confidence grows from 0.5 at the threshold towards 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from infra.regime_settings import AgentSettings
from processors.agent import Noticed, Seen, agent
from schemas.records import Side

_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Extreme:
    """A high or low of the day.

    Attributes
    ----------
    price
        US dollars.
    since
        The run that saw it first, microseconds UTC; 0 when it stood before the first run.
    told
        Whether its reversal was told.
    """

    price: float
    since: int = 0
    told: bool = False


@dataclass(frozen=True, slots=True)
class ReversalState:
    """The day's extremes as the newest run saw them; None before the first."""

    high: Extreme | None = None
    low: Extreme | None = None


@agent(
    id="reversal", summary="Says when price turns back from a fresh extreme of the day.", interval_seconds=30, state=ReversalState,
    enabled=lambda settings: settings.feature_reversal,
)  # fmt: skip
def run(state: ReversalState, seen: Seen, settings: AgentSettings) -> tuple[ReversalState, Noticed | None]:
    """Follow both extremes; of two reversals in one run the one from the high is told, the other in the next."""
    view = seen.view
    if view.day_high is None or view.day_low is None:
        return state, None
    after = ReversalState(_followed(state.high, view.day_high, view.ts_event), _followed(state.low, view.day_low, view.ts_event))
    for name, extreme, side in (("high", after.high, Side.SHORT), ("low", after.low, Side.LONG)):
        noticed = _reversal(name, extreme, side, seen, settings)
        if noticed is not None and extreme is not None:
            told = replace(extreme, told=True)
            return (replace(after, high=told) if name == "high" else replace(after, low=told)), noticed
    return (state if after == state else after), None


def _followed(known: Extreme | None, price: float, now_us: int) -> Extreme:
    if known is None:
        return Extreme(price)
    return known if known.price == price else Extreme(price, now_us)


def _reversal(name: str, extreme: Extreme | None, side: Side, seen: Seen, settings: AgentSettings) -> Noticed | None:
    view = seen.view
    minute, five = view.features_1m, view.features_5m
    if extreme is None or extreme.told or not extreme.since or view.ts_event - extreme.since > settings.reversal_minutes * _MINUTE_US:
        return None
    if view.last_price is None or minute is None or minute.ema_20 is None or five is None or not five.atr_wilder_14:
        return None
    up = 1.0 if side is Side.LONG else -1.0
    way = up * (view.last_price - extreme.price) / five.atr_wilder_14
    if way < settings.reversal_atr or up * (view.last_price - minute.ema_20) <= 0.0:
        return None
    return Noticed(
        score=way,
        label=f"turned {'up' if side is Side.LONG else 'down'} from the day's {name}",
        confidence=1.0 - 0.5 * settings.reversal_atr / way,
        direction=side,
        details={f"day_{name}_usd": extreme.price, "last_price_usd": view.last_price, "ema_20_usd": minute.ema_20, "atr_5m_usd": five.atr_wilder_14},
    )
