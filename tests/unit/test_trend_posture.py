"""BOX-20, BOX-21: probability of rise from weighted features; posture by entry, exit and persistence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from infra.errors import ConfigurationError
from infra.plays_settings import TREND_FEATURES, TrendSettings
from infra.settings import load
from processors.calc.trend import PostureTrack, feature_values, follow, probability, score
from processors.strategies.trend_posture import TrendPostureState, step
from schemas.records import MarketView, Posture, Resolution, TrendPosture
from tests.support.views import ATR, features, view

FLAT = PostureTrack(Posture.FLAT, Posture.FLAT, 0)
KNOWN = {"close": 10.1, "ema_20": 10.05, "ema_50": 10.0, "session_vwap": 10.02, "momentum_bps": 30.0, "day_high": 10.3, "day_low": 9.7}


def closes(*values: float | None, entry: float = 0.6, leave: float = 0.5, persist: int = 3) -> list[Posture]:
    track, seen = FLAT, []
    for value in values:
        track = follow(track, value, entry, leave, persist)
        seen.append(track.posture)
    return seen


def minute(number: int, **changes: Any) -> MarketView:
    return view(number * 60 + 2, features_1m=features(number * 60, **{**KNOWN, **changes}))


def walk(views: list[MarketView], settings: TrendSettings) -> list[TrendPosture]:
    state, told = TrendPostureState(), []
    for item in views:
        state, decisions = step(state, item, settings)
        told += [item for item in decisions if isinstance(item, TrendPosture)]
    return told


def test_the_posture_flips_when_the_probability_stayed_past_entry() -> None:
    """BOX-20."""
    assert closes(0.7, 0.7, 0.59, 0.7, 0.7, 0.6) == [Posture.FLAT] * 5 + [Posture.LONG]


def test_it_is_kept_between_exit_and_entry_and_left_below_exit() -> None:
    assert closes(0.7, 0.7, 0.7, 0.55, 0.5, 0.49, 0.49, 0.51, 0.49, 0.49, 0.49)[2:] == [Posture.LONG] * 8 + [Posture.FLAT]


def test_a_strong_turn_goes_straight_to_the_other_side() -> None:
    assert closes(0.7, 0.7, 0.7, 0.3, 0.3, 0.3)[-2:] == [Posture.LONG, Posture.SHORT]


def test_an_unknown_probability_begins_the_count_anew() -> None:
    assert closes(0.7, 0.7, None, 0.7, 0.7) == [Posture.FLAT] * 5


@given(st.lists(st.none() | st.floats(0, 1), max_size=40), st.integers(1, 5))
def test_the_sides_mirror_each_other(values: list[float | None], persist: int) -> None:
    eighths = [None if value is None else round(value * 8) / 8 for value in values]  # exact in binary, as are the limits
    swap = {Posture.LONG: Posture.SHORT, Posture.SHORT: Posture.LONG, Posture.FLAT: Posture.FLAT}
    up = closes(*eighths, entry=0.625, persist=persist)
    down = closes(*(None if value is None else 1 - value for value in eighths), entry=0.625, persist=persist)
    assert [swap[item] for item in down] == up


def test_the_configured_weights_give_the_fixture_probability() -> None:
    """BOX-21: one bar length; momentum 30 bps of 10.1 is 0.030210 dollars, 0.30210 ATR; z = 0.2 + 2 x 0.5 - 0.5 x 0.30210."""
    weights = {"WEIGHTS": "ema_trend:2,momentum:-0.5", "BIAS": "0.2", "MTF_WEIGHTS": "M1:1"}
    (told,) = walk([minute(1)], load({f"TAPEWIRE_TREND__{name}": text for name, text in weights.items()}).trend)
    assert told.p_up == pytest.approx(1 / (1 + np.exp(-(0.2 + 2 * 0.5 - 0.5 * 0.302093))), abs=1e-6)
    assert told.contributions == {"ema_trend": pytest.approx(1.0), "momentum": pytest.approx(-0.151047, abs=1e-6)}
    assert told.score == pytest.approx(0.2 + sum(told.contributions.values()))


def test_bar_lengths_weigh_as_configured_and_unknown_ones_have_no_say() -> None:
    """BOX-21: TS_MTF_WEIGHTS."""
    values = {"M1": {"momentum": 1.0}, "M5": {"momentum": -2.0}, "M2": {"momentum": None}}
    found = score(values, {"momentum": 1.0}, {"M1": 3.0, "M5": 1.0, "M2": 9.0}, 0.0)
    assert found is not None and found.total == pytest.approx((3 * 1 - 2) / 4)
    assert found.by_resolution == {"M1": 1.0, "M5": -2.0}
    assert score({"M1": {"momentum": None}}, {"momentum": 1.0}, {"M1": 1.0}, 0.0) is None


@given(st.floats(-800, 800))
def test_the_probability_is_the_logistic_function(log_odds: float) -> None:
    assert probability(log_odds) == pytest.approx(float(expit(log_odds)), rel=1e-12, abs=1e-300)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(-3, 3))
def test_it_is_what_a_logistic_regression_with_these_weights_predicts(values: list[float], weights: list[float], bias: float) -> None:
    model = LogisticRegression()
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), np.array([weights]), np.array([bias])
    names = TREND_FEATURES[:3]
    found = score({"M1": dict(zip(names, values, strict=True))}, dict(zip(names, weights, strict=True)), {"M1": 1.0}, bias)
    assert found is not None
    assert probability(found.total) == pytest.approx(model.predict_proba([values])[0, 1], abs=1e-9)


def test_features_are_measured_in_average_true_ranges() -> None:
    found = feature_values(features(60, **KNOWN))
    assert set(found) == set(TREND_FEATURES)
    assert found["ema_trend"] == pytest.approx(0.05 / ATR) and found["vwap_distance"] == pytest.approx(0.08 / ATR)
    assert found["range_place"] == pytest.approx(2 * 0.4 / 0.6 - 1)
    assert found["volume_push"] == pytest.approx(np.log(3.3))
    assert feature_values(features(60))["ema_trend"] is None


def test_a_record_a_close_and_none_between() -> None:
    told = walk([minute(1), view(75, features_1m=minute(1).features_1m), minute(2)], TrendSettings())
    assert [item.window_end for item in told] == [minute(1).ts_event - 2_000_000, minute(2).ts_event - 2_000_000]
    assert {item.resolution for item in told} == {Resolution.M1}
    assert walk([minute(1)], TrendSettings(enabled=False)) == []


def test_the_posture_and_its_beginning_are_told() -> None:
    told = walk([minute(number) for number in range(1, 6)], TrendSettings(weights=("ema_trend:5",)))
    assert [item.posture for item in told] == [Posture.FLAT, Posture.FLAT, Posture.LONG, Posture.LONG, Posture.LONG]
    assert [item.persisted for item in told] == [1, 2, 0, 0, 0]
    assert (told[2].previous, told[3].previous) == (Posture.FLAT, Posture.LONG)
    assert told[4].since == told[2].ts_event


def test_a_bad_feed_and_missing_features_have_no_probability() -> None:
    bad = minute(1)
    (told,) = walk([view(62, features_1m=bad.features_1m, flags=("bad_trades",))], TrendSettings())
    assert told.p_up is None and told.scores == {}
    assert walk([minute(1, ema_50=None)], TrendSettings())[0].p_up is None


@pytest.mark.parametrize("wrong", ["ema_trend", "ema_trend:x", "beauty:1", "ema_trend:1,ema_trend:2", "momentum:nan"])
def test_wrong_weights_are_refused_by_name(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="TAPEWIRE_TREND"):
        load({"TAPEWIRE_TREND__WEIGHTS": wrong})
