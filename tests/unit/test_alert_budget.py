"""BOX-11: with a budget of 3 the fourth alert is held and counted, of a symbol and of all; people change both while fan-out runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK
from infra.settings import Settings, TierSettings
from schemas.records import AlertBudget, BudgetScope, HeldAlert, SetupEvent, SetupState
from sinks.distribution.alert_counts import TOLD, AlertCounts, day_of, limits_of
from sinks.distribution.tiers import redact
from tests.support.setup_events import SECOND, armed, following, lifecycle

NOON = to_microseconds(datetime(2025, 6, 18, 12, tzinfo=NEW_YORK))
DAY = day_of(NOON)
DAY_US = 86_400 * SECOND


def counts(per_symbol: int = 0, in_all: int = 0) -> AlertCounts:
    return AlertCounts({BudgetScope.SYMBOL: per_symbol, BudgetScope.ALL: in_all})


def begin(counted: AlertCounts, symbols: str, first: int = NOON) -> list[HeldAlert | None]:
    """Let a setup of each symbol begin, one letter each, a second apart; return what was held."""
    return [counted.fate_of(armed(symbol, first + number * SECOND), first).held for number, symbol in enumerate(symbols)]


def test_the_fourth_alert_of_a_symbol_is_held_and_counted() -> None:
    """BOX-11."""
    counted = counts(per_symbol=3)
    held = begin(counted, "AAAABA")
    assert [item is not None for item in held] == [False, False, False, True, False, True]
    assert [(item.symbol, item.scope, item.number, item.limit, item.day) for item in held if item] == [
        ("A", BudgetScope.SYMBOL, 4, 3, DAY), ("A", BudgetScope.SYMBOL, 5, 3, DAY),
    ]  # fmt: skip
    assert counted.of_day(DAY, "A") == (3, 2) and counted.of_day(DAY, "B") == (1, 0) and counted.of_day(DAY) == (4, 2)


def test_the_fourth_alert_of_all_symbols_is_held_and_counted() -> None:
    """BOX-11: one budget across symbols; the symbol's own is named first."""
    counted = counts(in_all=3)
    assert [item and (item.scope, item.number) for item in begin(counted, "ABCDE")] == [
        None, None, None, (BudgetScope.ALL, 4), (BudgetScope.ALL, 5),
    ]  # fmt: skip
    both = counts(per_symbol=1, in_all=2)
    assert [item and item.scope for item in begin(both, "AABC")] == [None, BudgetScope.SYMBOL, None, BudgetScope.ALL]


def test_people_change_a_budget_and_let_the_settings_say_again() -> None:
    """BOX-11: adjustable while it runs; what was held stays held, and counts for nobody's budget."""
    counted = counts(per_symbol=1, in_all=10)

    def want(scope: BudgetScope, alerts_a_day: int | None) -> None:
        counted.adjust(AlertBudget(scope=scope, alerts_a_day=alerts_a_day, ts_event=NOON, asked_by="a test"))

    first, second = armed("A", NOON), armed("A", NOON + 1)
    assert counted.fate_of(first, NOON) is TOLD and counted.fate_of(second, NOON).held is not None
    want(BudgetScope.SYMBOL, 2)
    assert counted.fate_of(second, NOON).held is not None, "its fate is known"
    assert counted.fate_of(armed("A", NOON + 2), NOON) is TOLD
    want(BudgetScope.ALL, 2)
    assert counted.fate_of(armed("B", NOON), NOON).held is not None
    want(BudgetScope.ALL, 0)
    assert counted.fate_of(armed("B", NOON + 1), NOON) is TOLD
    want(BudgetScope.SYMBOL, None)
    want(BudgetScope.ALL, None)
    assert counted.limits == {BudgetScope.SYMBOL: 1, BudgetScope.ALL: 10}


def test_a_held_setup_is_held_to_its_end_and_a_told_one_told() -> None:
    counted = counts(per_symbol=1)
    told, held = lifecycle("A", NOON), lifecycle("A", NOON + 60 * SECOND)
    fates = [counted.fate_of(event, NOON) for event in (*told[:2], *held, *told[2:])]
    assert [fate.held is not None for fate in fates] == [False] * 2 + [True] * 5 + [False] * 3
    assert {fate.held.event_id for fate in fates if fate.held} == {held[0].event_id}, "one record of it"
    assert counted.of_day(DAY) == (1, 1)


def test_asked_again_after_a_transaction_was_taken_back_the_answer_is_the_same() -> None:
    counted = counts(in_all=1)
    events = [armed("A", NOON), armed("B", NOON)]
    once = [counted.fate_of(event, NOON) for event in events]
    assert [counted.fate_of(event, NOON) for event in reversed(events)] == once[::-1] and counted.of_day(DAY) == (1, 1)


def test_a_setup_that_began_before_anybody_counted_is_told_to_its_end() -> None:
    counted = counts(per_symbol=1)
    begin(counted, "A")
    assert counted.fate_of(following(armed("A", NOON - SECOND), SetupState.PRIMED, NOON), NOON) is TOLD


def test_a_new_day_begins_at_eight_in_the_evening_with_a_new_budget() -> None:
    counted = counts(per_symbol=1)
    evening = NOON + 8 * 3_600 * SECOND
    assert day_of(evening - 1) == DAY and day_of(evening) == DAY + 1
    moments = (NOON, evening - 1, evening, evening + 1, NOON + DAY_US, NOON + 2 * DAY_US)
    assert [counted.fate_of(armed("A", moment), moment).held is not None for moment in moments] == [False, True, False, True, True, False]
    assert counted.of_day(DAY + 1) == (1, 2)


def test_the_settings_state_both_and_0_holds_nothing() -> None:
    assert limits_of(TierSettings()) == {BudgetScope.SYMBOL: 40, BudgetScope.ALL: 1_000}
    assert not any(begin(counts(), "A" * 60))


@given(symbols=st.text(alphabet="ABC", max_size=40), per_symbol=st.integers(0, 4), in_all=st.integers(0, 8), cut=st.integers(0, 40))
def test_a_new_process_goes_on_counting_from_what_was_told_and_held(symbols: str, per_symbol: int, in_all: int, cut: int) -> None:
    """The topics hold everything: premium alerts and held setups, in any interleaving, lead to the same fates and counts."""
    events = [armed(symbol, NOON + number * SECOND) for number, symbol in enumerate(symbols)]
    whole, before, after = (counts(per_symbol, in_all) for _ in range(3))
    expected = [whole.fate_of(event, NOON) for event in events]
    for event in events[:cut]:
        _ = before.fate_of(event, NOON)
        remember(after, event, before)
    assert [after.fate_of(event, NOON) for event in events] == expected
    assert after.of_day(DAY) == whole.of_day(DAY)
    told, _ = whole.of_day(DAY)
    assert not in_all or told <= in_all
    assert all(not per_symbol or whole.of_day(DAY, symbol)[0] <= per_symbol for symbol in "ABC")


def remember(counted: AlertCounts, event: SetupEvent, written_by: AlertCounts) -> None:
    held = written_by.fate_of(event, NOON).held
    if held is not None:
        counted.was_held(held)
        counted.was_held(held)
        return
    following_alerts: Sequence[SetupEvent] = (event, following(event, SetupState.PRIMED, event.ts_event + 1))
    for item in following_alerts:
        counted.was_told(redact(item, NOON, Settings().tiers).premium)


def test_an_alert_of_an_earlier_beginning_is_known_but_not_counted() -> None:
    counted = counts(per_symbol=1)
    later = following(armed("A", NOON), SetupState.PRIMED, NOON + SECOND)
    counted.was_told(redact(later, NOON, Settings().tiers).premium)
    assert counted.of_day(DAY) == (0, 0) and counted.fate_of(later, NOON) is TOLD


@pytest.mark.parametrize("wanted", [-5, 0])
def test_no_budget_is_below_none(wanted: int) -> None:
    counted = counts(per_symbol=1)
    counted.adjust(AlertBudget(scope=BudgetScope.SYMBOL, alerts_a_day=wanted, ts_event=NOON, asked_by="a test"))
    assert counted.limits[BudgetScope.SYMBOL] == 0
