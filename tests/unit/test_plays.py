"""BOX-16 to BOX-19: the VWAP, sigma and high-of-day plays walk their states; a fresh configuration runs the crossover alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from infra.settings import Settings, load
from processors.folds.decisions import DecisionsFold
from processors.strategy import registered
from schemas.records import MarketView, Session, SetupEvent, SetupState, Side, Signal, SignalRefusal
from tests.support.market_replay import SYMBOL
from tests.support.views import features, view

VWAP = 10.0
PLAYS = ("vwap-play", "sigma-play", "high-of-day-play")


def minute(number: int, close: float, **changes: Any) -> MarketView:
    """The view at the close of a minute."""
    at = number * 60
    values = {"close": close, "session_vwap": VWAP, "day_high": 11.0, "vwap_sigma": 0.2, **changes}
    return view(at + 2, close, features_1m=features(at, **values), session_vwap=VWAP)


def between(number: int, seconds: int, price: float, **changes: Any) -> MarketView:
    """A view inside the minute after that close."""
    return view(number * 60 + 2 + seconds, price, features_1m=minute(number, price, **changes).features_1m, session_vwap=VWAP)


def mirrored(item: MarketView) -> MarketView:
    """Reflect every price at VWAP."""

    def image(price: float | None) -> float | None:
        return None if price is None else 2 * VWAP - price

    one = item.features_1m
    assert one is not None
    reflected = replace(one, close=2 * VWAP - one.close, day_high=2 * VWAP - one.day_low, day_low=2 * VWAP - one.day_high)
    return replace(
        item, features_1m=reflected, last_price=image(item.last_price),
        interval_high=image(item.interval_low), interval_low=image(item.interval_high),
        bid_price=image(item.ask_price), ask_price=image(item.bid_price),
        vwap_distance_bps=-(item.vwap_distance_bps or 0.0),
    )  # fmt: skip


def decide(views: Sequence[MarketView], environment: dict[str, str]) -> list[Any]:
    fold = DecisionsFold(load({"TAPEWIRE_TREND__ENABLED": "false", **environment}))
    state, told = fold.initial(SYMBOL), []
    for item in views:
        state, outputs = fold.step(state, "views", item)
        told += [output.record for output in outputs]
    return told


def enabled(play: str, **settings: str) -> dict[str, str]:
    section = play.replace("-", "_").upper()
    return {f"TAPEWIRE_{section}__ENABLED": "true", **{f"TAPEWIRE_{section}__{name}": value for name, value in settings.items()}}


def path(told: Sequence[Any], play: str) -> list[str]:
    return [f"{e.state}:{e.outcome}" if e.outcome else str(e.state) for e in told if isinstance(e, SetupEvent) and e.strategy == play]


def vwap_tape() -> list[MarketView]:
    """Six minutes below VWAP, the last near it; a close above; price leaves, comes back to VWAP, holds, turns and runs."""
    away = [minute(number, 9.6 + number * 0.05) for number in range(6)] + [minute(6, 9.95)]
    broke = minute(7, 10.06)
    after = [between(7, 5, 10.12), between(7, 20, 10.0), between(7, 30, 10.01), between(7, 45, 10.05)]
    return [*away, broke, *after, between(7, 50, 10.21), between(7, 55, 10.41)]


def high_tape() -> list[MarketView]:
    """A high of 10.5 that stands for twenty minutes, a close above it, a retest, a run."""
    quiet = [minute(0, 10.49, day_high=10.5), *(minute(number, 10.2, day_high=10.5) for number in range(1, 20)), minute(20, 10.44, day_high=10.5)]
    broke = minute(21, 10.55, day_high=10.56)
    known = {"day_high": 10.56}
    after = [between(21, at, price, **known) for at, price in ((5, 10.62), (20, 10.5), (30, 10.51), (45, 10.55), (50, 10.71), (55, 10.91))]
    return [*quiet, broke, *after]


def sigma_tape() -> list[MarketView]:
    """Quiet minutes, a close 2.5 standard deviations below VWAP, deeper, back inside the band, a turn, and VWAP."""
    quiet = [minute(number, 9.9) for number in range(16)]
    return [*quiet, minute(16, 9.5), between(16, 20, 9.45), minute(17, 9.62), between(17, 20, 9.64), between(17, 40, 9.8), between(17, 50, 10.01)]


TAPES = {"vwap-play": vwap_tape, "sigma-play": sigma_tape, "high-of-day-play": high_tape}
WALKS = {
    "vwap-play": ["ARMED", "PRIMED", "ACTIVE", "ACTIVE", "RESOLVED:TARGET"],
    "sigma-play": ["ARMED", "PRIMED", "ACTIVE", "RESOLVED:TARGET"],
    "high-of-day-play": ["ARMED", "PRIMED", "ACTIVE", "ACTIVE", "RESOLVED:TARGET"],
}


@pytest.mark.parametrize("play", PLAYS)
def test_an_enabled_play_walks_its_states(play: str) -> None:
    """BOX-16, BOX-17, BOX-18."""
    told = decide(TAPES[play](), enabled(play))
    assert path(told, play) == WALKS[play]
    events = [item for item in told if isinstance(item, SetupEvent)]
    assert {item.side for item in events} == {Side.LONG} and len({item.setup_id for item in events}) == 1
    assert [item.sequence for item in events] == list(range(len(events)))
    (signal,) = [item for item in told if isinstance(item, Signal)]
    assert (signal.strategy, signal.setup_id) == (play, events[0].setup_id)
    assert signal.stop_price is not None and signal.entry_price is not None and signal.stop_price < signal.entry_price < signal.targets[0]


def test_the_levels_are_those_of_the_plays() -> None:
    trigger = {}
    for play in PLAYS:
        events = [item for item in decide(TAPES[play](), enabled(play)) if isinstance(item, SetupEvent)]
        trigger[play] = next(item.trigger_price for item in events if item.state is SetupState.PRIMED)
    assert trigger == {"vwap-play": VWAP, "high-of-day-play": 10.5, "sigma-play": pytest.approx(VWAP - 2 * 0.2)}


@pytest.mark.parametrize("play", ["vwap-play", "sigma-play"])
def test_the_short_side_is_the_mirror_image(play: str) -> None:
    """BOX-05 of the plays."""
    up, down = (decide(tape, enabled(play)) for tape in (TAPES[play](), [mirrored(item) for item in TAPES[play]()]))
    assert path(down, play) == WALKS[play]
    for one, other in zip(up, down, strict=True):
        assert type(one) is type(other) and (one.side, other.side) == (Side.LONG, Side.SHORT)
        assert other.stop_price == pytest.approx(2 * VWAP - one.stop_price)


@pytest.mark.parametrize("play", PLAYS)
def test_a_play_is_off_until_enabled(play: str) -> None:
    assert path(decide(TAPES[play](), {}), play) == []


@pytest.mark.parametrize("play", PLAYS)
@pytest.mark.parametrize("until", ["ARMED", "PRIMED", "ACTIVE"])
def test_time_resolves_every_state_of_a_play(play: str, until: str) -> None:
    """BOX-10."""
    tape = TAPES[play]()
    walk = [path(decide(tape[: end + 1], enabled(play)), play) for end in range(len(tape))]
    end = next(place for place, states in enumerate(walk) if states and states[-1] == until)
    last = tape[end]
    late = replace(last, ts_event=last.ts_event + 6_000 * 1_000_000, interval_high=None, interval_low=None)
    assert path(decide([*tape[: end + 1], late], enabled(play)), play)[-1] == "RESOLVED:EXPIRED"


@pytest.mark.parametrize("play", PLAYS)
def test_a_gate_refuses_the_break_of_a_play(play: str) -> None:
    """BOX-04 of the plays."""
    told = decide([replace(item, spread_bps=90.0) for item in TAPES[play]()], enabled(play))
    assert path(told, play)[:2] == ["ARMED", "RESOLVED:INVALIDATED"]
    refusals = [item for item in told if isinstance(item, SignalRefusal)]
    assert refusals[0].gate == "SPREAD_CAP" and refusals[0].strategy == play and refusals[0].shortfall == pytest.approx(30.0)


@pytest.mark.parametrize("play", PLAYS)
def test_a_play_arms_in_the_regular_session_alone(play: str) -> None:
    assert path(decide([replace(item, session=Session.PRE) for item in TAPES[play]()], enabled(play)), play) == []


@pytest.mark.parametrize("play", PLAYS)
def test_the_end_of_the_session_ends_an_armed_play(play: str) -> None:
    tape = TAPES[play]()
    first = next(place for place in range(len(tape)) if path(decide(tape[: place + 1], enabled(play)), play))
    over = replace(tape[first], ts_event=tape[first].ts_event + 1_000_000, session=Session.AFTER)
    assert path(decide([*tape[: first + 1], over], enabled(play)), play) == ["ARMED", "RESOLVED:INVALIDATED"]


def test_sigma_says_nothing_without_bands() -> None:
    bare = [replace(item, features_1m=replace(item.features_1m, vwap_sigma=None)) for item in sigma_tape() if item.features_1m]
    assert path(decide(bare, enabled("sigma-play")), "sigma-play") == []


def test_a_new_extreme_ends_a_sigma_play_before_its_trigger() -> None:
    tape = [*sigma_tape()[:-3], between(17, 20, 9.40)]
    assert path(decide(tape, enabled("sigma-play")), "sigma-play") == ["ARMED", "PRIMED", "RESOLVED:INVALIDATED"]


def test_a_young_high_is_no_level() -> None:
    assert path(decide(high_tape(), enabled("high-of-day-play", MINIMUM_AGE_MINUTES="21")), "high-of-day-play") == []


def crossing() -> list[MarketView]:
    means = [(9.9, 10.0), (10.1, 10.0)]
    return [minute(number, 10.2, ema_20=fast, ema_50=slow) for number, (fast, slow) in enumerate(means)]


def test_the_crossover_is_the_default_until_a_play_is_switched_on() -> None:
    """BOX-19."""
    assert [item.strategy for item in decide(crossing(), {})] == ["ema-cross"]
    for play in PLAYS:
        assert decide(crossing(), enabled(play)) == []
        beside = {**enabled(play), "TAPEWIRE_EMA_CROSS__BESIDE_PLAYS": "true"}
        assert [item.strategy for item in decide(crossing(), beside)] == ["ema-cross"]


def test_a_fresh_configuration_has_no_play_on() -> None:
    """BOX-19."""
    DecisionsFold(Settings())
    on = {name: item.parameters(Settings()) for name, item in registered().items() if name in (*PLAYS, "ema-cross")}
    assert on["ema-cross"].enabled and not any(on[play].play.enabled for play in PLAYS)
