"""How many setups were told and held on each day, and whether one more may be told (BOX-11). Pure.

A setup counts when its first event comes; what follows of it has the same fate. Two budgets hold together: that of its symbol, and that of all.
Which setups a spent budget holds depends on the order in which symbols' events come and on when somebody changed it, so it is no decision of a
strategy: fan-out is where all symbols are in one order, and what it told and held is on its topics, from which a new process learns the counts.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from infra.clock import MICROSECONDS
from infra.market_calendar import trading_day
from infra.settings import TierSettings
from schemas.records import AlertBudget, BudgetScope, HeldAlert, PremiumAlert, SetupEvent

BUDGETS, HELD = "distribution.budgets", "distribution.held"
_EPOCH = date(1970, 1, 1)
_EVENING_US = 4 * 3_600 * MICROSECONDS  # from 20:00 New York on it is the next day's
_SETUPS_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a setup; ``held`` is the record of it, None for one that is told."""

    held: HeldAlert | None = None


TOLD = Fate()


def day_of(moment_us: int) -> int:
    """Return the day an alert counts for: 20:00 to 20:00 New York, by its second date, days since 1970-01-01."""
    return (trading_day(moment_us + _EVENING_US) - _EPOCH).days


def limits_of(tiers: TierSettings) -> Mapping[BudgetScope, int]:
    """Return the budgets that the settings state."""
    return {BudgetScope.SYMBOL: tiers.alerts_a_day_per_symbol, BudgetScope.ALL: tiers.alerts_a_day}


class AlertCounts:
    """The counts, and what people want of the budgets.

    Parameters
    ----------
    limits
        Setups a day by scope, as the settings say; 0: any number.
    """

    def __init__(self, limits: Mapping[BudgetScope, int]) -> None:
        self._settings = limits
        self._limits = dict(limits)
        self._fates: OrderedDict[str, Fate] = OrderedDict()
        self._told: Counter[tuple[int, str]] = Counter()  # by day and symbol, "" for all
        self._held: Counter[tuple[int, str]] = Counter()

    @property
    def limits(self) -> Mapping[BudgetScope, int]:
        """The budgets in force."""
        return self._limits

    def adjust(self, budget: AlertBudget) -> None:
        """Take the newest word on a budget; null is what the settings say again."""
        wanted = budget.alerts_a_day
        self._limits[budget.scope] = self._settings[budget.scope] if wanted is None else max(0, wanted)

    def was_told(self, alert: PremiumAlert) -> None:
        """Take in what an earlier process told; only a setup's first alert counts."""
        if alert.setup_id not in self._fates and alert.sequence == 0:
            self._count(self._told, day_of(alert.ts_event), alert.symbol)
        self._keep(alert.setup_id, TOLD)

    def was_held(self, held: HeldAlert) -> None:
        """Take in what an earlier process held."""
        if held.setup_id not in self._fates:
            self._count(self._held, held.day, held.symbol)
        self._keep(held.setup_id, Fate(held))

    def of_day(self, day: int, symbol: str | None = None) -> tuple[int, int]:
        """Return how many setups were told and held on a day; of all symbols by default."""
        return self._told[day, symbol or ""], self._held[day, symbol or ""]

    def fate_of(self, event: SetupEvent, now_us: int) -> Fate:
        """Return what becomes of an event's setup, and count it if it is its first.

        One that began before anybody counted is told to its end. Asked again about a setup, e.g. because the transaction with the answer was
        taken back, the answer is the same.
        """
        known = self._fates.get(event.setup_id)
        if known is not None:
            return known
        if event.sequence > 0:
            return TOLD
        day = day_of(event.ts_event)
        fate = self._fate(event, day, now_us)
        self._count(self._told if fate is TOLD else self._held, day, event.symbol)
        self._keep(event.setup_id, fate)
        return fate

    def _fate(self, event: SetupEvent, day: int, now_us: int) -> Fate:
        for scope, symbol in ((BudgetScope.SYMBOL, event.symbol), (BudgetScope.ALL, "")):
            limit, told = self._limits[scope], self._told[day, symbol]
            if limit and told >= limit:
                return Fate(
                    HeldAlert(
                        setup_id=event.setup_id, event_id=event.event_id, symbol=event.symbol, strategy=event.strategy, side=event.side, day=day,
                        scope=scope, number=told + self._held[day, symbol] + 1, limit=limit, ts_event=event.ts_event, ts_held=now_us,
                    )
                )  # fmt: skip
        return TOLD

    def _count(self, counts: Counter[tuple[int, str]], day: int, symbol: str) -> None:
        counts[day, symbol] += 1
        counts[day, ""] += 1
        if counts[day, ""] == 1:  # a new day: what is older than the one before it is of no use
            for key in [key for key in counts if key[0] < day - 1]:
                del counts[key]

    def _keep(self, setup_id: str, fate: Fate) -> None:
        self._fates[setup_id] = fate
        if len(self._fates) > _SETUPS_REMEMBERED:
            self._fates.popitem(last=False)
