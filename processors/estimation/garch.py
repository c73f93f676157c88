"""How volatility clusters: GARCH(1, 1) fitted to returns, and what it expects of the next ones (GEX-13)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

_LEAST_RETURNS = 250
_PERCENT = 100.0  # the optimiser of `arch` works best on returns of about one


@dataclass(frozen=True, slots=True)
class Garch:
    """variance(t) = omega + alpha return(t - 1)^2 + beta variance(t - 1), of returns as fractions.

    Attributes
    ----------
    omega, alpha, beta
        The parameters; all at least 0.
    next_variance
        Variance expected of the next return.
    log_likelihood
        Of the returns in percent.
    """

    omega: float
    alpha: float
    beta: float
    next_variance: float
    log_likelihood: float

    @property
    def persistence(self) -> float:
        """What is left of a shock one return later, 0 to 1; from 1 on there is no long-run variance."""
        return self.alpha + self.beta

    def variances(self, steps: int) -> npt.NDArray[np.float64]:
        """Return the variances expected of the next returns, shape (steps,)."""
        expected = np.empty(steps)
        value = self.next_variance
        for step in range(steps):
            expected[step] = value
            value = self.omega + self.persistence * value
        return expected

    def volatility(self, steps: int, steps_per_year: float) -> float:
        """Return the volatility expected over the next steps, annualised, a fraction: 0.25 is 25 % a year."""
        return sqrt(float(self.variances(steps).mean()) * steps_per_year)


def fit_garch(returns: npt.ArrayLike) -> Garch | None:
    """Fit by maximum likelihood with normal innovations and no mean.

    Source: Bollerslev, Generalized Autoregressive Conditional Heteroskedasticity (1986); fitted by the package arch.

    Parameters
    ----------
    returns
        Log returns as fractions, oldest first, shape (n,).

    Returns
    -------
    Garch or None
        None with fewer than 250 returns, without any movement, or when the fit does not converge: no number is better than a wrong one.
    """
    from arch import arch_model

    values = np.asarray(returns, dtype=np.float64)
    if len(values) < _LEAST_RETURNS or not np.isfinite(values).all() or float(values.std()) <= 0.0:
        return None
    # Scaled to a deviation of one, whatever the length of the bars is; the parameters are scaled back below.
    scale = 1.0 / float(values.std())
    result = arch_model(values * scale, mean="Zero", vol="GARCH", p=1, q=1, rescale=False).fit(disp="off", show_warning=False)
    if result.convergence_flag != 0:
        return None
    omega, alpha, beta = (float(result.params[name]) for name in ("omega", "alpha[1]", "beta[1]"))
    newest = float(result.conditional_volatility[-1]) ** 2
    following = omega + alpha * float(values[-1] * scale) ** 2 + beta * newest
    shift = len(values) * float(np.log(scale / _PERCENT))
    return Garch(omega / scale**2, alpha, beta, following / scale**2, float(result.loglikelihood) + shift)
