"""GARCH recovers what was planted (GEX-13)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from arch import arch_model

from processors.estimation.garch import fit_garch


def planted(count: int, omega: float, alpha: float, beta: float, seed: int) -> npt.NDArray[np.float64]:
    dice = np.random.default_rng(seed)
    returns, variance = np.empty(count), omega / (1 - alpha - beta)
    for place in range(count):
        returns[place] = np.sqrt(variance) * dice.standard_normal()
        variance = omega + alpha * returns[place] ** 2 + beta * variance
    return returns


def test_the_fit_recovers_planted_parameters() -> None:
    """GEX-13: 20,000 returns of daily size."""
    found = fit_garch(planted(20_000, 2e-6, 0.08, 0.90, 3))
    assert found is not None
    assert found.alpha == pytest.approx(0.08, abs=0.01)
    assert found.beta == pytest.approx(0.90, abs=0.015)
    assert found.omega == pytest.approx(2e-6, rel=0.2)
    long_run = found.omega / (1 - found.persistence)
    assert found.volatility(5_000, 252) == pytest.approx(np.sqrt(long_run * 252), rel=0.02)


def test_forecasts_and_likelihood_are_those_of_the_package_on_percent() -> None:
    returns = planted(2_000, 1e-5, 0.1, 0.8, 4)
    found = fit_garch(returns)
    assert found is not None
    model = arch_model(returns * 100, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    result = model.fit(disp="off", show_warning=False)
    expected = result.forecast(horizon=10, reindex=False).variance.to_numpy()[0] / 1e4
    np.testing.assert_allclose(found.variances(10), expected, rtol=2e-3)
    assert found.log_likelihood == pytest.approx(float(result.loglikelihood), abs=0.05)


@pytest.mark.parametrize("returns", [np.zeros(400), np.full(100, 0.01), np.append(np.ones(300), np.nan)], ids=["still", "few", "unknown"])
def test_what_cannot_be_fitted_is_none(returns: npt.NDArray[np.float64]) -> None:
    assert fit_garch(returns) is None
