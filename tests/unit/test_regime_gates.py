"""REG-03: a strategy begins nothing outside its regimes, and says why; REG-04: signals are smaller in the regimes that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from infra.errors import ConfigurationError
from infra.plays_settings import StrategySettings
from infra.settings import Settings, load
from processors.folds.decisions import DecisionsFold
from schemas.records import BoxState, MarketView, RegimeLabel, RegimeView, SetupEvent, Signal, SignalRefusal, TrendPosture
from tests.support.market_replay import OPEN, SYMBOL
from tests.support.views import box, features, view
from tests.unit.test_box_setups import gates, path, primed, retest, triggered
from tests.unit.test_plays import PLAYS, TAPES, enabled

BOX = "box-break-retest"
UP, CALM = RegimeLabel.TRENDING_UP, RegimeLabel.CALM


def during(label: RegimeLabel | None, views: Sequence[MarketView]) -> list[MarketView]:
    """Return the views in a regime; None: no regime is known."""
    regime = None if label is None else RegimeView(ts_event=OPEN, label=label)
    return [replace(item, regime=regime) for item in views]


def decided(views: Sequence[MarketView], whitelist: str = "", **environment: str) -> list[Any]:
    named = {"TAPEWIRE_STRATEGIES__REGIMES": whitelist} if whitelist else {}
    fold = DecisionsFold(load({"TAPEWIRE_TREND__ENABLED": "false", **named, **environment}))
    state, told = fold.initial(SYMBOL), []
    for item in views:
        state, outputs = fold.step(state, "views", item)
        told += [output.record for output in outputs]
    return told


def test_a_box_strategy_is_silent_outside_its_regimes_and_says_why_at_the_break() -> None:
    """REG-03."""
    life = [*triggered(), view(240, 10.41), view(300, 10.61)]
    told = decided(during(CALM, life), f"{BOX}=TRENDING_UP|TRENDING_DOWN")
    (refusal,) = told
    assert isinstance(refusal, SignalRefusal)
    assert (refusal.strategy, refusal.gate, refusal.candidate_id, refusal.value, refusal.limit) == (BOX, "REGIME", "box-1", None, None)
    assert refusal.message == "expected a regime of the strategy, found CALM"


def test_inside_its_regimes_a_strategy_does_what_it_does_without_a_whitelist() -> None:
    """REG-03."""
    life = during(UP, [*triggered(), view(240, 10.41), view(300, 10.61)])
    assert decided(life, f"{BOX}=TRENDING_UP|TRENDING_DOWN") == decided(life) and path(decided(life))[:3] == ["ARMED", "PRIMED", "ACTIVE"]


def test_a_symbol_without_a_regime_counts_as_unknown() -> None:
    assert gates(decided(during(None, triggered()), f"{BOX}=CALM")) == ["REGIME"]
    assert path(decided(during(None, triggered()), f"{BOX}=CALM|UNKNOWN")) == ["ARMED", "PRIMED", "ACTIVE"]


def test_a_break_outside_ends_what_armed_inside() -> None:
    *inside, broke = primed()
    told = decided([*during(UP, inside), *during(CALM, [broke])], f"{BOX}=TRENDING_UP")
    assert path(told) == ["ARMED", "RESOLVED:INVALIDATED"] and gates(told) == ["REGIME"]


def test_a_trigger_waits_for_the_regime_and_is_told_of_once() -> None:
    *early, last = retest()
    waiting = [replace(last, ts_event=last.ts_event + second * 1_000_000) for second in range(3)]
    outside = [*during(UP, [*primed(), *early]), *during(CALM, waiting)]
    told = decided(outside, f"{BOX}=TRENDING_UP")
    assert path(told) == ["ARMED", "PRIMED"] and gates(told) == ["REGIME"]
    back = replace(last, ts_event=last.ts_event + 5_000_000)
    assert path(decided([*outside, *during(UP, [back])], f"{BOX}=TRENDING_UP")) == ["ARMED", "PRIMED", "ACTIVE"]


def test_a_live_trade_is_managed_in_any_regime() -> None:
    life = [*during(UP, triggered()), *during(CALM, [view(240, 10.41), view(300, 10.61)])]
    assert decided(life, f"{BOX}=TRENDING_UP") == decided(life)


@pytest.mark.parametrize("play", PLAYS)
def test_plays_are_silent_outside_their_regimes(play: str) -> None:
    """REG-03: one refusal an approach, nothing else."""
    tape = TAPES[play]()
    told = [item for item in decided(during(CALM, tape), f"{play}=TRENDING_UP", **enabled(play)) if item.strategy == play]
    assert told and {type(item) for item in told} == {SignalRefusal} and gates(told) == ["REGIME"]
    inside = decided(during(UP, tape), f"{play}=TRENDING_UP", **enabled(play))
    assert inside == decided(during(UP, tape), **enabled(play)) and any(isinstance(item, SetupEvent) for item in inside)


def crossing() -> list[MarketView]:
    pairs = [(9.9, 10.0), (10.1, 10.0)]
    return [view(60 * n + 2, features_1m=features(60 * n, ema_20=fast, ema_50=slow, close=10.2)) for n, (fast, slow) in enumerate(pairs, 1)]


def test_the_crossover_is_refused_and_other_strategies_are_not_concerned() -> None:
    """REG-03."""
    (signal,) = decided(during(CALM, crossing()), f"{BOX}=TRENDING_UP")
    assert isinstance(signal, Signal)
    (refusal,) = decided(during(CALM, crossing()), "ema-cross=TRENDING_UP")
    assert (refusal.gate, refusal.candidate_id, refusal.strategy) == ("REGIME", signal.signal_id, "ema-cross")


def test_a_posture_asks_for_nothing_outside_its_regimes() -> None:
    found = decided(during(CALM, crossing()), "trend-posture=TRENDING_UP", TAPEWIRE_TREND__ENABLED="true")
    assert [item.p_up for item in found if isinstance(item, TrendPosture)] == [None, None]


def test_a_whitelist_names_strategies_and_regimes_that_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"expected strategies out of box-break-retest.*found nobody"):
        DecisionsFold(load({"TAPEWIRE_STRATEGIES__REGIMES": "nobody=CALM"}))
    for wrong in ("ema-cross", "ema-cross=", "ema-cross=SUNNY", "ema-cross=CALM,ema-cross=VOLATILE", "=CALM"):
        with pytest.raises(ConfigurationError, match="STRATEGIES__REGIMES"):
            load({"TAPEWIRE_STRATEGIES__REGIMES": wrong})


def test_the_size_halves_in_the_configured_regime() -> None:
    """REG-04: behind a flag; a signal says the share of the usual size."""
    on = {"TAPEWIRE_STRATEGIES__SIZE_BY_REGIME": "true"}

    def size(label: RegimeLabel | None, **environment: str) -> float | None:
        (signal,) = [item for item in decided(during(label, triggered()), **environment) if isinstance(item, Signal)]
        found: float | None = signal.size_factor
        return found

    assert size(RegimeLabel.VOLATILE) is None, "off"
    assert [size(label, **on) for label in (UP, CALM, None, RegimeLabel.VOLATILE)] == [1.0, 1.0, 1.0, 0.5]
    chosen = {**on, "TAPEWIRE_STRATEGIES__SMALL_REGIMES": "CALM,UNKNOWN", "TAPEWIRE_STRATEGIES__SMALL_SIZE_FACTOR": "0.25"}
    assert [size(label, **chosen) for label in (UP, CALM, None, RegimeLabel.VOLATILE)] == [1.0, 0.25, 0.25, 1.0]


def test_settings_are_off_by_default_and_the_view_on_the_topic_stays_as_it_is() -> None:
    assert Settings().strategies == StrategySettings() and not StrategySettings().whitelists and not StrategySettings().size_by_regime
    broken = view(122, 10.25, box_1m=box(122, BoxState.BROKEN_UP))
    decided(during(CALM, [broken]), f"{BOX}=TRENDING_UP")
    assert broken.flags == ()
