"""BOX-04 to BOX-07, BOX-09, BOX-10, BOX-12: the life of a box setup, from views alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plays_settings import SetupSettings
from processors.setups.setup import LEGAL
from processors.strategies.box_break_retest import BoxBreakRetestState, step
from processors.strategy import Decision
from schemas.records import BoxState, MarketView, SetupEvent, SetupOutcome, SetupState, Side, Signal, SignalRefusal
from tests.support.market_replay import OPEN, SECOND
from tests.support.views import ATR, HIGH, LOW, box, features, view

MIDDLE = (HIGH + LOW) / 2
PARAMETERS = SetupSettings()


def walk(views: Sequence[MarketView], parameters: SetupSettings = PARAMETERS) -> list[Decision]:
    state, told = BoxBreakRetestState(), []
    for item in views:
        state, decisions = step(state, item, parameters)
        told += decisions
    return told


def armed() -> list[MarketView]:
    return [view(2, 10.1, box_1m=box(2)), view(62, 10.18, box_1m=box(62))]


def primed(**changes: Any) -> list[MarketView]:
    return [*armed(), view(122, 10.25, **{"box_1m": box(122, BoxState.BROKEN_UP), **changes})]


def retest(entry: float = 10.26, depth: float = 10.21) -> list[MarketView]:
    """Leaves by 1.5 ATR, comes back close to the edge, stays, and turns to the entry."""
    return [view(125, 10.35), view(150, depth), view(160, depth + 0.01), view(175, entry)]


def triggered() -> list[MarketView]:
    return [*primed(), *retest()]


def path(told: Sequence[Decision]) -> list[str]:
    return [f"{e.state}:{e.outcome}" if e.outcome else str(e.state) for e in told if isinstance(e, SetupEvent)]


def gates(told: Sequence[Decision]) -> list[str]:
    return [item.gate for item in told if isinstance(item, SignalRefusal)]


def mirror(item: MarketView) -> MarketView:
    """Reflect every price of a view at the middle of the box."""

    def image(price: float | None) -> float | None:
        return None if price is None else 2 * MIDDLE - price

    swap = {BoxState.BROKEN_UP: BoxState.BROKEN_DOWN, BoxState.BROKEN_DOWN: BoxState.BROKEN_UP}
    reflected = item.box_1m
    if reflected is not None:
        reflected = replace(
            reflected, state=swap.get(reflected.state, reflected.state),
            low=2 * MIDDLE - reflected.high, high=2 * MIDDLE - reflected.low,
        )  # fmt: skip
    return replace(
        item, last_price=image(item.last_price), interval_high=image(item.interval_low), interval_low=image(item.interval_high),
        bid_price=image(item.ask_price), ask_price=image(item.bid_price), box_1m=reflected,
        vwap_distance_bps=None if item.vwap_distance_bps is None else -item.vwap_distance_bps,
    )  # fmt: skip


def test_a_whole_life_ends_at_the_last_target() -> None:
    """BOX-06, BOX-12: heads-up, PRIMED, trigger, then updates."""
    told = walk([*triggered(), view(200, 10.41), view(240, 10.61)])
    assert path(told) == ["ARMED", "PRIMED", "ACTIVE", "ACTIVE", "RESOLVED:TARGET"]
    events = [item for item in told if isinstance(item, SetupEvent)]
    assert [item.sequence for item in events] == [0, 1, 2, 3, 4]
    assert len({item.setup_id for item in events}) == 1 and len({item.event_id for item in events}) == 5
    entry = events[2]
    assert (entry.entry_price, entry.trigger_price, entry.targets) == (10.26, HIGH, pytest.approx((10.4, 10.6)))
    assert entry.stop_price == pytest.approx(10.21 - PARAMETERS.stop_buffer_atr * ATR)
    assert (events[3].targets_reached, events[3].stop_price) == (1, 10.26)
    assert (events[4].targets_reached, events[4].exit_price) == (2, pytest.approx(10.6))
    assert events[4].result_r == pytest.approx((10.6 - 10.26) / (10.26 - entry.stop_price))
    assert all(1 <= len(item.reasons) <= 3 for item in events)


def test_the_trigger_comes_with_a_signal() -> None:
    """STR-21."""
    (signal,) = [item for item in walk(triggered()) if isinstance(item, Signal)]
    assert (signal.strategy, signal.side, len(signal.triggers)) == ("box-break-retest", Side.LONG, 3)
    assert 0 <= signal.confidence <= 1
    assert (signal.entry_price, signal.ts_event) == (10.26, OPEN + 175 * SECOND)


def test_no_side_arms_in_the_middle_of_the_box() -> None:
    assert walk([view(2, 10.1, box_1m=box(2))]) == []
    assert path(walk([view(2, 10.14, box_1m=box(2))])) == ["ARMED"]
    assert [item.side for item in walk([view(2, 10.06, box_1m=box(2))]) if isinstance(item, SetupEvent)] == [Side.SHORT]


def test_an_armed_setup_follows_its_box() -> None:
    told = walk([*armed(), view(70, 10.2, box_1m=box(70, high=10.3)), view(122, 10.35, box_1m=box(122, BoxState.BROKEN_UP, high=10.3))])
    assert path(told) == ["ARMED", "PRIMED"]
    assert [item.trigger_price for item in told if isinstance(item, SetupEvent)] == [HIGH, 10.3]


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        ("SPREAD_CAP", {"spread_bps": 60.1}),
        ("MISSING_QUOTE", {"spread_bps": None}),
        ("RVOL_FLOOR", {"features_1m": features(122, relative_volume=0.49)}),
        ("RVOL_FLOOR", {"features_1m": features(122, relative_volume=None)}),
        ("RANGE_CAP", {"features_1m": features(122, range_bps=250.1)}),
    ],
)
def test_each_gate_refuses_alone_and_names_itself(gate: str, changes: dict[str, Any]) -> None:
    """BOX-04."""
    told = walk(primed(**changes))
    assert gates(told) == [gate]
    assert path(told) == ["ARMED", "RESOLVED:INVALIDATED"]


@pytest.mark.parametrize(
    "changes",
    [{"spread_bps": 60.0}, {"features_1m": features(122, relative_volume=0.5)}, {"features_1m": features(122, range_bps=250.0)}],
    ids=("spread", "volume", "range"),
)
def test_a_gate_lets_its_own_limit_pass(changes: dict[str, Any]) -> None:
    assert path(walk(primed(**changes))) == ["ARMED", "PRIMED"]


def test_every_gate_that_fails_is_recorded() -> None:
    told = walk(primed(spread_bps=99.0, features_1m=features(122, relative_volume=0.1, range_bps=400.0)))
    assert gates(told) == ["SPREAD_CAP", "RVOL_FLOOR", "RANGE_CAP"]


def test_a_tape_without_quotes_may_be_let_through() -> None:
    told = walk(primed(spread_bps=None), SetupSettings(quote_required=False))
    assert (path(told), gates(told)) == (["ARMED", "PRIMED"], [])


@pytest.mark.parametrize(("floor", "passes"), [(1.5, True), (1.5 + 1e-6, False)])
def test_reward_to_risk_at_its_edge(floor: float, passes: bool) -> None:
    """BOX-07: at the floor accepted, just under it refused. Entry 10.25, stop 10.15, first target 10.40."""
    parameters = SetupSettings(minimum_reward_to_risk=floor, stop_buffer_atr=0.5)
    told = walk([*primed(), *retest(entry=10.25, depth=10.20)], parameters)
    assert path(told)[2:] == (["ACTIVE"] if passes else [])
    assert gates(told) == ([] if passes else ["REWARD_TO_RISK"])


def test_a_refused_retest_is_spent_but_the_next_may_trigger() -> None:
    late = [view(176, 10.33), view(180, 10.33), view(200, 10.22), view(230, 10.26)]
    told = walk([*primed(), *retest(entry=10.33), *late])
    assert gates(told) == ["REWARD_TO_RISK"]
    assert path(told) == ["ARMED", "PRIMED", "ACTIVE"]


def test_a_break_without_a_retest_never_triggers() -> None:
    """BOX-06."""
    away = [view(122 + second, 10.3 + second / 1_000) for second in range(1, 1_300, 7)]
    told = walk([*primed(), *away])
    assert path(told) == ["ARMED", "PRIMED", "RESOLVED:EXPIRED"]
    assert not [item for item in told if isinstance(item, Signal)]


def test_price_that_never_left_the_edge_cannot_come_back() -> None:
    told = walk([*primed(), *[view(123 + second, 10.21 + (second % 40) / 1_000) for second in range(0, 300, 5)]])
    assert path(told) == ["ARMED", "PRIMED"]


@pytest.mark.parametrize("missing", ["leave", "return", "hold", "turn"])
def test_each_step_of_the_retest_is_needed(missing: str) -> None:
    leave, back, stay, turn = retest()
    steps = {
        "leave": [back, stay, turn],
        "return": [leave, view(150, 10.30), view(160, 10.31), view(175, 10.34)],
        "hold": [leave, back, view(160, 10.26)],
        "turn": [leave, back, stay, view(175, 10.23), view(180, 10.235)],
    }[missing]
    assert path(walk([*primed(), *steps])) == ["ARMED", "PRIMED"]


def test_a_fall_through_the_middle_ends_it() -> None:
    assert path(walk([*primed(), view(130, 10.09)]))[-1] == "RESOLVED:INVALIDATED"


def test_the_opposite_break_turns_the_setup_around() -> None:
    """The armed side is invalidated; the other side arms and is primed in the same view."""
    told = walk([*armed(), view(122, 9.95, box_1m=box(122, BoxState.BROKEN_DOWN), vwap_distance_bps=-12.0)])
    events = [item for item in told if isinstance(item, SetupEvent)]
    assert path(told) == ["ARMED", "RESOLVED:INVALIDATED", "ARMED", "PRIMED"]
    assert [item.side for item in events] == [Side.LONG, Side.LONG, Side.SHORT, Side.SHORT]
    assert events[0].setup_id != events[2].setup_id


@pytest.mark.parametrize("gone", [{"box_1m": box(122, BoxState.DISSOLVED)}, {"box_1m": None}, {"box_1m": box(122, box_id="box-2")}])
def test_a_box_that_is_gone_takes_its_setup_along(gone: dict[str, Any]) -> None:
    told = walk([*armed(), view(122, 10.1, **gone)])
    assert path(told)[:2] == ["ARMED", "RESOLVED:INVALIDATED"]


def test_a_box_has_one_setup() -> None:
    told = walk([*primed(spread_bps=99.0), view(130, 10.19, box_1m=box(122, BoxState.BROKEN_UP)), view(140, 10.19, box_1m=box(140))])
    assert path(told) == ["ARMED", "RESOLVED:INVALIDATED"]


def test_a_box_over_the_same_prices_stays_silent() -> None:
    two = box(62, box_id="box-2m", resolution="M2")
    told = walk([*armed(), view(63, 10.18, box_1m=box(62), box_2m=two), view(122, 10.1, box_2m=two), view(130, 10.19, box_2m=two)])
    assert {item.box_id for item in told if isinstance(item, SetupEvent)} == {"box-1"}


@pytest.mark.parametrize(
    ("views", "ttl", "ended"),
    [(armed(), "armed_ttl_seconds", 62), (primed(), "primed_ttl_seconds", 122), (triggered(), "active_ttl_seconds", 175)],
    ids=("ARMED", "PRIMED", "ACTIVE"),
)
def test_time_to_live_of_each_state(views: list[MarketView], ttl: str, ended: int) -> None:
    """BOX-10: not a second before, and on the very tick."""
    parameters = SetupSettings.model_validate({ttl: 300})
    live = {"box_1m": box(62)} if ttl == "armed_ttl_seconds" else {}
    early, due = view(ended + 299, **live), view(ended + 300, **live)
    assert path(walk([*views, early], parameters)) == path(walk(views, parameters))
    assert path(walk([*views, due], parameters))[-1] == "RESOLVED:EXPIRED"


@pytest.mark.parametrize(
    ("after", "ending", "result"),
    [
        ([view(200, 10.18)], "RESOLVED:STOP", -1.0),
        ([view(200, 10.3, interval_low=10.1, interval_high=10.7)], "RESOLVED:STOP", -1.0),
        ([view(200, 10.41), view(210, 10.25)], "RESOLVED:STOP", 0.0),
        ([view(200, 10.65)], "RESOLVED:TARGET", None),
    ],
    ids=("stop", "stop-and-targets-in-one-view", "stop-at-entry", "both-targets-at-once"),
)
def test_endings_of_an_active_setup(after: list[MarketView], ending: str, result: float | None) -> None:
    last = [item for item in walk([*triggered(), *after]) if isinstance(item, SetupEvent)][-1]
    assert f"{last.state}:{last.outcome}" == ending
    if result == 0.0:
        assert (last.exit_price, last.result_r, last.targets_reached) == (10.25, pytest.approx(-0.13333333), 1)
    elif result is not None:
        assert last.result_r is not None and last.result_r <= result + 1e-9


def test_a_mirrored_tape_gives_mirrored_decisions() -> None:
    """BOX-05."""
    views = [*triggered(), view(200, 10.41), view(240, 10.61)]
    straight, image = walk(views), walk([mirror(item) for item in views])
    assert path(image) == path(straight)
    for one, other in zip(straight, image, strict=True):
        assert type(one) is type(other) and {one.side, other.side} == {Side.LONG, Side.SHORT}
        if isinstance(one, SetupEvent) and isinstance(other, SetupEvent):
            assert other.stop_price == pytest.approx(2 * MIDDLE - one.stop_price)
            assert other.targets == pytest.approx([2 * MIDDLE - target for target in one.targets])
            assert other.result_r == pytest.approx(one.result_r)
            assert other.reward_to_risk == pytest.approx(one.reward_to_risk)


MOVES = st.tuples(
    st.integers(1, 400),
    st.one_of(st.none(), st.floats(9.6, 10.9)),
    st.floats(0, 0.3),
    st.sampled_from([None, *BoxState]),
    st.sampled_from(["box-1", "box-2"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(MOVES, max_size=60))
def test_only_legal_transitions_and_every_path_ends_resolved(moves: list[tuple[int, float | None, float, BoxState | None, str]]) -> None:
    """BOX-09: whatever the market does, and time ends what nothing else ended."""
    second, views = 0, []
    for pause, price, span, state, box_id in moves:
        second += pause
        found = None if state is None else box(second, state, box_id=box_id)
        high, low = (None, None) if price is None else (price + span, price - span)
        views.append(view(second, price, interval_high=high, interval_low=low, box_1m=found, features_1m=features(second)))
    for state_ttl in (3_600, 1_200, 5_400):
        second += state_ttl
        views.append(view(second))
    last: dict[str, SetupEvent] = {}
    for item in walk(views):
        if not isinstance(item, SetupEvent):
            continue
        before = last.get(item.setup_id)
        assert item.previous_state == (before.state if before else None)
        assert item.state in LEGAL[item.previous_state]
        assert item.sequence == (before.sequence + 1 if before else 0)
        assert (item.outcome is not None) is (item.state is SetupState.RESOLVED)
        last[item.setup_id] = item
    assert all(item.state is SetupState.RESOLVED and item.outcome in SetupOutcome for item in last.values())


@pytest.mark.parametrize("flag", ["bad_quotes", "bad_trades", "feed_down"])
def test_a_bad_feed_arms_primes_and_triggers_nothing(flag: str) -> None:
    """Issue 5 §5: what depends on a bad feed is withheld, and goes on when the feed is good again."""
    doubtful = {"flags": (flag,)}
    assert path(walk([view(2, 10.1, box_1m=box(2), **doubtful)])) == []
    assert path(walk([view(2, 10.1, box_1m=box(2), **doubtful), view(62, 10.18, box_1m=box(62))])) == ["ARMED"]
    refused = walk(primed(**doubtful))
    assert path(refused) == ["ARMED", "RESOLVED:INVALIDATED"] and gates(refused)[0] == "FEED_UNFIT"
    turned = retest()
    held = [*primed(), *turned[:-1], replace(turned[-1], flags=(flag,))]
    assert path(walk(held)) == ["ARMED", "PRIMED"]
    assert path(walk([*held, view(176, 10.26)])) == ["ARMED", "PRIMED", "ACTIVE"]


def test_doubtful_prices_stop_nobody_out_but_time_does() -> None:
    crash = replace(view(180, 1.0), flags=("bad_trades",))
    assert path(walk([*triggered(), crash])) == ["ARMED", "PRIMED", "ACTIVE"]
    assert path(walk([*triggered(), crash, view(181, 10.27)])) == ["ARMED", "PRIMED", "ACTIVE"]
    late = replace(view(175 + PARAMETERS.active_ttl_seconds + 1, 10.27), flags=("bad_trades",))
    assert path(walk([*triggered(), late])) == ["ARMED", "PRIMED", "ACTIVE", "RESOLVED:EXPIRED"]
