"""PIN, the probability of informed trading, from the buys and sells of many days (DEP-08)."""

from __future__ import annotations

from itertools import product
from math import log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logit, xlogy

Floats = npt.NDArray[np.float64]
MOST_DAYS = 60
_GRID = (0.1, 0.3, 0.5, 0.7, 0.9)
_STARTS = 3  # the best of the grid are climbed from


class InformedTrading(NamedTuple):
    """The model that explains the days best.

    Attributes
    ----------
    pin
        Probability that a trade is informed, 0 to 1.
    alpha
        Probability of a day with news.
    delta
        Probability that the news is bad.
    mu
        Informed trades on a day with news.
    buys, sells
        Uninformed buys and sells a day.
    """

    pin: float
    alpha: float
    delta: float
    mu: float
    buys: float
    sells: float


def informed_trading(buys: Floats, sells: Floats) -> InformedTrading | None:
    """Estimate the model by maximum likelihood; None with fewer than two days, without trades, or when no start converges.

    Parameters
    ----------
    buys, sells
        Trades of each day on either side; they need not be whole numbers.

    Source: Easley, Kiefer, O'Hara and Paperman, "Liquidity, information, and infrequently traded stocks", Journal of Finance 51 (1996), with
    separate rates of buys and sells as Easley, Hvidkjaer and O'Hara (2002): PIN = alpha mu / (alpha mu + buys + sells). Starting values: Yan and
    Zhang, "An improved estimation method and empirical properties of the probability of informed trading", Journal of Banking & Finance 36 (2012).
    """
    if len(buys) < 2 or not (buys.sum() > 0 and sells.sum() > 0):
        return None
    constant = float((gammaln(buys + 1) + gammaln(sells + 1)).sum())
    days = buys, sells, constant
    starts = sorted(_starting_points(buys, sells), key=lambda start: _loss(start, *days)[0])[:_STARTS]
    # TNC, for L-BFGS-B hands vectors of five to a threaded BLAS, which takes ten times as long.
    found = [minimize(_loss, start, args=days, jac=True, method="TNC", bounds=[(-12, 12)] * 2 + [(-8, 20)] * 3) for start in starts]
    best = min((each for each in found if np.isfinite(each.fun)), key=lambda each: each.fun, default=None)
    if best is None:
        return None
    alpha, delta = expit(best.x[:2])
    mu, buy_rate, sell_rate = np.exp(best.x[2:])
    informed = alpha * mu
    return InformedTrading(*map(float, (informed / (informed + buy_rate + sell_rate), alpha, delta, mu, buy_rate, sell_rate)))


def log_likelihood(buys: Floats, sells: Floats, alpha: float, delta: float, mu: float, buy_rate: float, sell_rate: float) -> float:
    """Return the logarithm of the days' joint probability: a day is without news, with bad or with good news, and its trades are Poisson.

    Source: Easley, Kiefer, O'Hara and Paperman (1996), equation 3, summed as logarithms so that hundreds of trades do not overflow.
    """
    constant = float((gammaln(buys + 1) + gammaln(sells + 1)).sum())
    kinds = _kinds(buys, sells, alpha, delta, mu, buy_rate, sell_rate)
    return _joint(kinds)[0] - constant


def _kinds(buys: Floats, sells: Floats, alpha: float, delta: float, mu: float, buy_rate: float, sell_rate: float) -> Floats:
    """Return, by kind of day (none, bad, good news) and day, the logarithm of its share times its probability, without the factorials."""
    kinds = (
        (1 - alpha, buy_rate, sell_rate),
        (alpha * delta, buy_rate, sell_rate + mu),
        (alpha * (1 - delta), buy_rate + mu, sell_rate),
    )
    return np.array([log(max(share, 1e-300)) - b - s + xlogy(buys, b) + xlogy(sells, s) for share, b, s in kinds])


def _joint(kinds: Floats) -> tuple[float, Floats]:
    # scipy's logsumexp takes longer than all the rest together
    highest = kinds.max(axis=0)
    likely = np.exp(kinds - highest)
    total = likely.sum(axis=0)
    return float((highest + np.log(total)).sum()), likely / total


def _loss(point: Floats, buys: Floats, sells: Floats, constant: float) -> tuple[float, Floats]:
    """Return the negative log-likelihood a day and its gradient in logits and logarithms.

    The factorials stay in: without them the value is so large that the search takes its last digits for no progress at all.
    """
    alpha, delta = expit(point[:2]).tolist()
    mu, buy_rate, sell_rate = np.exp(point[2:]).tolist()
    value, (quiet, bad, good) = _joint(_kinds(buys, sells, alpha, delta, mu, buy_rate, sell_rate))
    more_buys, more_sells = good * (buys / (buy_rate + mu) - 1), bad * (sells / (sell_rate + mu) - 1)
    slope = np.array([
        (bad + good - alpha).sum(),
        (bad * (1 - delta) - good * delta).sum(),
        mu * (more_buys + more_sells).sum(),
        buy_rate * ((quiet + bad) * (buys / buy_rate - 1) + more_buys).sum(),
        sell_rate * ((quiet + good) * (sells / sell_rate - 1) + more_sells).sum(),
    ])  # fmt: skip
    return (constant - value) / len(buys), -slope / len(buys)


def _starting_points(buys: Floats, sells: Floats) -> list[Floats]:
    points = []
    mean_buys, mean_sells = float(buys.mean()), float(sells.mean())
    for alpha, delta, share in product(_GRID, _GRID, _GRID):
        buy_rate = share * mean_buys
        mu = (mean_buys - buy_rate) / (alpha * (1 - delta))
        sell_rate = mean_sells - alpha * delta * mu
        if sell_rate > 0 and mu > 0:
            points.append(np.concatenate((logit([alpha, delta]), np.log([mu, buy_rate, sell_rate]))))
    if not points:
        points.append(np.concatenate((logit([0.3, 0.5]), np.log([max(mean_buys, mean_sells) / 2, mean_buys, mean_sells]))))
    return points
