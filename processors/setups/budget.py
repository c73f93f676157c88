"""Alert budgets: how many setups a symbol may open on a day; what comes after is held and counted (BOX-11)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from processors.calc.shortfall import Gap
from processors.calc.windows import window_of
from processors.setups.gates import refusal_of
from schemas.records import MarketView, Resolution, Side, SignalRefusal

ALERT_BUDGET = "ALERT_BUDGET"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a strategy told of one symbol on one day, 20:00 to 20:00 New York.

    Attributes
    ----------
    day
        Start of that day, microseconds UTC; 0 before the first alert.
    alerts
        Setups opened: each is one thread.
    held
        Setups that were not, because the budget was spent.
    """

    day: int = 0
    alerts: int = 0
    held: int = 0


NOTHING_SPENT = Budget()


def ask(budget: Budget, view: MarketView, limit: int, *, strategy: str, side: Side, candidate_id: str) -> tuple[Budget, SignalRefusal | None]:
    """Count one more setup; return a refusal if it must be held.

    Parameters
    ----------
    limit
        Setups a day; 0: any number.
    candidate_id
        Box or level that the setup would trade.
    """
    day = window_of(Resolution.D1, view.ts_event)[0]
    if day != budget.day:
        budget = Budget(day)
    if not limit or budget.alerts < limit:
        return replace(budget, alerts=budget.alerts + 1), None
    held = replace(budget, held=budget.held + 1)
    number = held.alerts + held.held
    refusal = refusal_of(
        Gap(ALERT_BUDGET, float(number), float(limit), "alerts"), candidate_id=candidate_id, strategy=strategy, side=side, view=view,
        near_share=0.0, message=f"expected up to {limit} alerts of the symbol a day, found the {number}th: {held.held} held",
    )  # fmt: skip
    return held, refusal
