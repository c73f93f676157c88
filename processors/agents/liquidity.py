"""Liquidity (BAR-15): the quote, or the order book where one is known, has become too thin to trade. The score is the spread in bps.

Thin is a wide spread, little money on the smaller side of the quote, or grade D of the book. Told once after `agents.thin_runs` thin runs in a row;
again only after as many runs in a row that were not thin: quotes flicker. Without a fresh quote nothing is known and nothing counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.regime_settings import AgentSettings
from processors.agent import Noticed, Seen, agent
from schemas.records import LiquidityGrade


@dataclass(frozen=True, slots=True)
class LiquidityState:
    """Whether the thinness of now was told, and how many runs in a row have said otherwise."""

    told: bool = False
    runs: int = 0


@agent(
    id="liquidity", summary="Says when the quote or the book has become too thin to trade.", interval_seconds=30, state=LiquidityState,
    enabled=lambda settings: settings.feature_liquidity,
)  # fmt: skip
def run(state: LiquidityState, seen: Seen, settings: AgentSettings) -> tuple[LiquidityState, Noticed | None]:
    """Count the thin runs."""
    view = seen.view
    if view.spread_bps is None or view.bid_price is None or view.ask_price is None:
        return state, None
    sides = [price * size for price, size in ((view.bid_price, view.bid_size), (view.ask_price, view.ask_size)) if size is not None]
    least = min(sides) if len(sides) == 2 else None
    grade_is_d = view.depth is not None and view.depth.grade is LiquidityGrade.D
    reasons = [
        words
        for words, holds in (
            ("wide spread", view.spread_bps >= settings.thin_spread_bps),
            ("little size", least is not None and least < settings.thin_value_usd),
            ("book of grade D", grade_is_d),
        )
        if holds
    ]
    if bool(reasons) is state.told:
        return (LiquidityState(state.told) if state.runs else state), None
    if state.runs + 1 < settings.thin_runs:
        return LiquidityState(state.told, state.runs + 1), None
    if state.told:
        return LiquidityState(), None
    details = {"spread_bps": view.spread_bps, "least_value_usd": least, "bid_price_usd": view.bid_price, "ask_price_usd": view.ask_price}
    return LiquidityState(told=True), Noticed(view.spread_bps, f"thin: {', '.join(reasons)}", confidence=len(reasons) / 3.0, details=details)
