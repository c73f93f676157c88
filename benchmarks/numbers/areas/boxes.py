"""Numbers of compression boxes and of the trend posture."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from benchmarks.numbers.number import DATA, Compared, number
from processors.calc.compression import Compression, mean_range, measure
from processors.calc.trade_plan import result_in_risks, reward_to_risk
from processors.calc.trend import feature_values, probability, score
from schemas.records import Features, Resolution, Side

_BARS = "bars/yf1m_2022/GME.csv.gz"
_LENGTH = 8
_PROOF: Any = {
    "reference": "pandas, rolling windows of 8 bars", "data": "one-minute bars of GME, 2022", "tolerance": 1e-9, "needs": (_BARS,), "relative": True,
}  # fmt: skip
_DRAWS = 2_000


@lru_cache
def _frame() -> pd.DataFrame:
    frame = pd.read_csv(DATA / _BARS)
    frame.columns = [name.lower() for name in frame.columns]
    frame = frame[(frame.high > 0) & (frame.low > 0)]
    return frame[["high", "low", "volume"]].astype(float).reset_index(drop=True).head(5_000)


class _Bar:
    def __init__(self, high: float, low: float, volume: float) -> None:
        self.high, self.low, self.volume = high, low, volume


@lru_cache
def _measured() -> list[Compression]:
    bars = [_Bar(*row) for row in _frame().itertuples(index=False, name=None)]
    ends = range(2 * _LENGTH, len(bars) + 1)
    return [measure(bars[end - _LENGTH : end], 1.0, mean_range(bars[end - 2 * _LENGTH : end - _LENGTH])) for end in ends]


def _of(values: pd.Series[float]) -> pd.Series[float]:
    return values.iloc[2 * _LENGTH - 1 :]


def _high() -> pd.Series[float]:
    return _frame().high.rolling(_LENGTH).max()


def _low() -> pd.Series[float]:
    return _frame().low.rolling(_LENGTH).min()


@number(title="Upper edge of a row of 8 bars", unit="US dollars", of=measure, **_PROOF)
def upper_edge() -> Compared:
    return [found.high for found in _measured()], _of(_high())


@number(title="Lower edge of a row of 8 bars", unit="US dollars", of=measure, **_PROOF)
def lower_edge() -> Compared:
    return [found.low for found in _measured()], _of(_low())


@number(title="Height of a row of 8 bars", unit="basis points", of=measure, **{**_PROOF, "tolerance": 1e-8, "relative": False})
def height() -> Compared:
    return [found.range_bps for found in _measured()], _of((_high() / _low() - 1) * 10_000)


@number(title="Compression ratio, 8 bars over the 8 before", unit="ratio, above 0", of=measure, **_PROOF)
def compression_ratio() -> Compared:
    widths = (_frame().high - _frame().low).rolling(_LENGTH).mean()
    return [np.nan if found.ratio is None else found.ratio for found in _measured()], _of(widths / widths.shift(_LENGTH).replace(0, np.nan))


@number(title="Touches of the upper edge by 8 bars", unit="bars, 1 to 8", of=measure, **{**_PROOF, "relative": False})
def touches() -> Compared:
    limit = _high() - (_high() - _low()) * 0.1
    highs = pd.concat([_frame().high.shift(back) for back in range(_LENGTH)], axis=1)
    return [found.touches_high for found in _measured()], _of(highs.ge(limit, axis=0).sum(axis=1).astype(float))


@lru_cache
def _draws() -> tuple[list[Features], pd.DataFrame]:
    random = np.random.default_rng(21)
    frame = pd.DataFrame(random.normal(0, 0.05, (_DRAWS, 4)), columns=["ema_20", "ema_50", "session_vwap", "close"]) + 10.0
    frame["momentum_bps"] = random.normal(0, 40, _DRAWS)
    frame["relative_volume"] = random.lognormal(0, 0.6, _DRAWS)
    frame["atr_wilder_14"] = random.uniform(0.02, 0.2, _DRAWS)
    frame["day_high"] = frame.close + random.uniform(0.01, 1, _DRAWS)
    frame["day_low"] = frame.close - random.uniform(0.01, 1, _DRAWS)
    fixed: dict[str, Any] = {"symbol": "GME", "resolution": Resolution.M1, "window_end": 0, "ts_event": 0, "bar_count": 60, "range_bps": 10.0}
    return [Features(**fixed, **row) for row in frame.to_dict("records")], frame  # type: ignore[arg-type]


_WEIGHTS = {"ema_trend": 0.5, "vwap_distance": -0.2, "momentum": 0.3, "volume_push": 0.1, "range_place": 0.8}


def _reference_features() -> pd.DataFrame:
    _, frame = _draws()
    change = frame.close - frame.close / (1 + frame.momentum_bps / 10_000)
    return pd.DataFrame({
        "ema_trend": (frame.ema_20 - frame.ema_50) / frame.atr_wilder_14,
        "vwap_distance": (frame.close - frame.session_vwap) / frame.atr_wilder_14,
        "momentum": change / frame.atr_wilder_14,
        "volume_push": np.sign(change) * np.log1p(frame.relative_volume),
        "range_place": 2 * (frame.close - frame.day_low) / (frame.day_high - frame.day_low) - 1,
    })  # fmt: skip


@number(
    title="Probability of rise from weighted features", unit="probability, 0 to 1", of=score,
    reference="scikit-learn, LogisticRegression.predict_proba with the same coefficients, features by pandas",
    data="2,000 seeded bars", tolerance=1e-12,
)  # fmt: skip
def probability_of_rise() -> Compared:
    features, _ = _draws()
    found = [score({"M1": feature_values(item)}, _WEIGHTS, {"M1": 1.0}, 0.1) for item in features]
    model = LogisticRegression()
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), np.array([list(_WEIGHTS.values())]), np.array([0.1])
    expected = model.predict_proba(_reference_features()[list(_WEIGHTS)].to_numpy())[:, 1]
    return [np.nan if item is None else probability(item.total) for item in found], expected


@number(
    title="Logistic function", unit="probability, 0 to 1", of=probability, reference="scipy.special.expit",
    data="log-odds from -700 to 700", tolerance=1e-14, relative=True,
)  # fmt: skip
def logistic() -> Compared:
    odds = np.linspace(-700, 700, 4_001)
    return [probability(float(value)) for value in odds], expit(odds)


@number(
    title="Reward to risk of a short", unit="ratio", of=reward_to_risk, reference="numpy, as the mirror image of the long",
    data="1,000 seeded plans", tolerance=1e-9, relative=True,
)  # fmt: skip
def reward() -> Compared:
    entry, risk, gain = np.random.default_rng(7).uniform(0.1, 1.0, (3, 1_000)) + np.array([[9.0], [0.0], [0.0]])
    ours = [reward_to_risk(Side.SHORT, one, one + stop, one - aim) for one, stop, aim in zip(entry, risk, gain, strict=True)]
    return [np.nan if value is None else value for value in ours], gain / risk


@number(
    title="Result of a trade in units of its risk", unit="multiples of the risk", of=result_in_risks, reference="numpy",
    data="1,000 seeded trades", tolerance=1e-9, relative=False,
)  # fmt: skip
def result() -> Compared:
    entry, risk, made = np.random.default_rng(8).uniform(0.1, 1.0, (3, 1_000)) + np.array([[9.0], [0.0], [-0.5]])
    ours = [result_in_risks(Side.LONG, one, one - stop, one + gain) for one, stop, gain in zip(entry, risk, made, strict=True)]
    return [np.nan if value is None else value for value in ours], made / risk
