"""BOX-11: with a budget of 3 the fourth alert of a symbol is held and counted; a new day has a new budget."""

from __future__ import annotations

from infra.plays_settings import SetupSettings
from processors.strategies.box_break_retest import BoxBreakRetestState, step
from schemas.records import MarketView, SetupEvent, SignalRefusal
from tests.support.views import box, view
from tests.unit.test_box_setups import walk

THREE = SetupSettings(alerts_a_day=3)
DAY_SECONDS = 86_400


def boxes(count: int, first: int = 0) -> list[MarketView]:
    """Boxes one after the other, each armed and dissolved before the next."""
    views = []
    for number in range(count):
        at = first + number * 120
        views += [view(at + 2, 10.18, box_1m=box(at + 2, box_id=f"box-{first}-{number}")), view(at + 62)]
    return views


def held(told: list[object]) -> list[SignalRefusal]:
    return [item for item in told if isinstance(item, SignalRefusal)]


def test_the_fourth_alert_is_held_and_counted() -> None:
    told = walk(boxes(5), THREE)
    assert len({item.setup_id for item in told if isinstance(item, SetupEvent)}) == 3
    assert [(item.gate, item.value, item.limit, item.shortfall, item.unit) for item in held(list(told))] == [
        ("ALERT_BUDGET", 4.0, 3.0, 1.0, "alerts"), ("ALERT_BUDGET", 5.0, 3.0, 2.0, "alerts"),
    ]  # fmt: skip


def test_a_held_box_is_told_of_once() -> None:
    lingering = [view(600 + second, 10.18, box_1m=box(600, box_id="box-0-9")) for second in range(20)]
    assert len(held(list(walk([*boxes(3), *lingering], THREE)))) == 1


def test_a_new_day_has_a_new_budget() -> None:
    told = walk([*boxes(4), *boxes(2, first=DAY_SECONDS)], THREE)
    assert len(held(list(told))) == 1
    assert len({item.setup_id for item in told if isinstance(item, SetupEvent)}) == 5


def test_what_was_opened_and_held_is_in_the_state() -> None:
    state = BoxBreakRetestState()
    for item in boxes(5):
        state, _ = step(state, item, THREE)
    assert (state.budget.alerts, state.budget.held) == (3, 2)


def test_no_limit_holds_nothing() -> None:
    assert held(list(walk(boxes(60), SetupSettings(alerts_a_day=0)))) == []
