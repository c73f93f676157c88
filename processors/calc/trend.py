"""Probability of rise from weighted features, and the posture that follows from it.

Source: logistic regression's prediction (Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4): the score is a weighted
sum of features, the probability its logistic function. Entry, exit and persistence are a hysteresis over the closes of bars.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import NamedTuple

from processors.calc.indicators import BASIS_POINTS
from schemas.records import Features, Posture


class Score(NamedTuple):
    """Log-odds of rise, and where they come from."""

    total: float
    by_resolution: dict[str, float]  # each bar length's own log-odds
    by_feature: dict[str, float]  # what each feature adds to the total; with the bias they sum to it


class PostureTrack(NamedTuple):
    """A posture, and how many closes in a row asked for another."""

    posture: Posture
    wanted: Posture
    persisted: int


def feature_values(features: Features) -> dict[str, float | None]:
    """Return the features of a bar that a score may weigh, each None while it is not known.

    Source: own definitions; in average true ranges (ATR), so that a weight means the same for every price.

    ====================  ==========================================================================
    ``ema_trend``         (EMA 20 - EMA 50) / ATR
    ``vwap_distance``     (close - session VWAP) / ATR
    ``momentum``          (close - close before) / ATR
    ``volume_push``       ln(1 + relative volume), with the sign of the momentum
    ``range_place``       -1 at the day's low, +1 at its high
    ====================  ==========================================================================
    """
    atr = features.atr_wilder_14 or None
    change = None if features.momentum_bps is None else features.close - features.close / (1.0 + features.momentum_bps / BASIS_POINTS)
    span = features.day_high - features.day_low
    sign = 0.0 if not change else 1.0 if change > 0 else -1.0
    return {
        "ema_trend": _in_atr(features.ema_20, features.ema_50, atr),
        "vwap_distance": _in_atr(features.close, features.session_vwap, atr),
        "momentum": None if change is None or atr is None else change / atr,
        "volume_push": None if change is None or features.relative_volume is None else sign * log(1.0 + features.relative_volume),
        "range_place": 2.0 * (features.close - features.day_low) / span - 1.0 if span > 0 else None,
    }


def score(
    values: Mapping[str, Mapping[str, float | None]], weights: Mapping[str, float], mtf_weights: Mapping[str, float], bias: float
) -> Score | None:
    """Return the mean of the bar lengths' log-odds by their weights.

    Parameters
    ----------
    values
        Bar length to its features. One that lacks a weighted feature has no say, and the others' weights count as much more.
    weights
        Feature to log-odds per unit.
    mtf_weights
        Bar length to weight, 0 or more.
    """
    known: dict[str, dict[str, float]] = {}
    for name, weight in mtf_weights.items():
        found = values.get(name)
        if weight > 0 and found is not None:
            parts = {feature: found.get(feature) for feature in weights}
            present = {feature: value for feature, value in parts.items() if value is not None}
            if len(present) == len(weights):
                known[name] = present
    whole = sum(mtf_weights[name] for name in known)
    if not known:
        return None
    by_resolution = {name: bias + sum(weights[feature] * value for feature, value in found.items()) for name, found in known.items()}
    by_feature = {feature: weights[feature] * sum(mtf_weights[name] * found[feature] for name, found in known.items()) / whole for feature in weights}
    total = sum(mtf_weights[name] * by_resolution[name] for name in known) / whole
    return Score(total, by_resolution, by_feature)


def probability(log_odds: float) -> float:
    """Return 1 / (1 + exp(-log_odds)), 0 to 1, for any finite number.

    Source: the logistic function; the form that cannot overflow is chosen by the sign, as scipy.special.expit does.
    """
    if log_odds >= 0:
        return 1.0 / (1.0 + exp(-log_odds))
    power = exp(log_odds)
    return power / (1.0 + power)


def follow(track: PostureTrack, p_up: float | None, entry: float, leave: float, persist: int) -> PostureTrack:
    """Return the track after one close.

    LONG is asked for from ``entry`` on and kept down to ``leave``; SHORT from 1 - ``entry`` down and kept up to 1 - ``leave``; else FLAT.
    The posture flips when ``persist`` closes in a row asked for the same other one. Without a probability nothing is asked for.

    Source: own rule; hysteresis with confirmation, as `TS_ENTRY`, `TS_EXIT` and `TS_PERSIST` name it.
    """
    if p_up is None:
        return PostureTrack(track.posture, track.posture, 0)
    if p_up >= entry or (track.posture is Posture.LONG and p_up >= leave):
        wanted = Posture.LONG
    elif p_up <= 1.0 - entry or (track.posture is Posture.SHORT and p_up <= 1.0 - leave):
        wanted = Posture.SHORT
    else:
        wanted = Posture.FLAT
    if wanted is track.posture:
        return PostureTrack(wanted, wanted, 0)
    persisted = track.persisted + 1 if wanted is track.wanted else 1
    return PostureTrack(wanted, wanted, 0) if persisted >= persist else PostureTrack(track.posture, wanted, persisted)


def _in_atr(value: float | None, reference: float | None, atr: float | None) -> float | None:
    return None if value is None or reference is None or atr is None else (value - reference) / atr
