"""Everything gamma says of one underlying at one moment, from its chain and the dealers' positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processors.calc.black_scholes import greeks
from processors.calc.gamma_chain import OptionChain, Usable, usable
from processors.calc.gamma_exposure import StrikeMatrix, exposures, gamma_profile, price_grid, strike_matrix
from processors.calc.gamma_levels import GammaWalls, flip_price, walls
from processors.calc.max_pain import MaxPain, max_pain
from processors.calc.volatility_skew import risk_reversal
from processors.calc.volatility_surface import VolatilitySurface, volatility_surface
from processors.calc.volatility_term import TermStructure, expected_move, term_structure, volatility_at
from schemas.records import DealerModel

Floats = npt.NDArray[np.float64]
FORMULA_VERSION = 1
TOMORROW_YEARS = 1 / 252


@dataclass(frozen=True, slots=True, eq=False)
class ModelGamma:
    """What one model of dealers' positions says.

    Attributes
    ----------
    total
        Gamma exposure at the spot, US dollars for a move by 1 %.
    profile
        The same at each price of the grid.
    flip
        Zero of the profile nearest to the spot, US dollars; None if it has none within the grid.
    walls
        By its net gamma of each strike.
    by_strike, by_expiry
        Of the summary's strikes and expiries.
    """

    total: float
    profile: Floats
    flip: float | None
    walls: GammaWalls
    by_strike: Floats
    by_expiry: Floats


@dataclass(frozen=True, slots=True, eq=False)
class GammaSummary:
    """One underlying at one moment.

    Attributes
    ----------
    used
        Which contracts counted, and why others did not.
    models
        The models that have positions, the naive one always.
    matrix
        Naive gamma exposure by expiry and strike.
    gross
        Gamma exposure of calls and puts together, both counted positive, US dollars for a move by 1 %.
    delta, vanna, charm
        Naive exposures of all contracts, as in `processors.calc.gamma_exposure.Exposures`.
    pains
        Max pain by expiry, of all open contracts that are not expired.
    volatility_tomorrow, move_tomorrow
        At the money for the next trading day, a year as a fraction, and one standard deviation of the price, US dollars.
    skew
        25-delta risk reversal nearest to 30 days, puts minus calls, a fraction.
    """

    spot: float
    used: Usable
    grid: Floats
    models: Mapping[DealerModel, ModelGamma]
    matrix: StrikeMatrix
    gross: float
    delta: float
    vanna: float
    charm: float
    pains: Mapping[int, MaxPain]
    term: TermStructure
    surface: VolatilitySurface
    volatility_tomorrow: float | None
    move_tomorrow: float | None
    skew: float | None


def gamma_summary(
    chain: OptionChain,
    positions: Mapping[DealerModel, Floats],
    spot: float,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    reach: float = 0.2,
    points: int = 81,
    grid: Floats | None = None,
) -> GammaSummary:
    """Return the summary.

    Source: of each number the function that computes it: `processors.calc.gamma_exposure`, `gamma_levels`, `max_pain`, `volatility_term`.

    Parameters
    ----------
    chain
        All contracts; what cannot be used is left out and counted.
    positions
        Dealers' contracts by model, the naive one among them; as long as the chain, NaN where the model knows nothing.
    grid
        Prices of the profile; by default ``points`` of them within ``reach`` (a share) of the spot.
    """
    held = np.zeros(len(chain), np.bool_)
    for contracts in positions.values():
        held |= np.nan_to_num(contracts) != 0
    used = usable(chain, held)
    part = chain.part(used.where)
    names = list(positions)
    rows = np.array([np.nan_to_num(positions[name][used.where]) for name in names])
    found = greeks(spot, part.strike, part.years, part.volatility, part.is_call, rate=rate, dividend_yield=dividend_yield)
    grid = price_grid(spot, reach=reach, points=points) if grid is None else grid
    profiles = gamma_profile(part, rows, np.append(grid, spot), rate=rate, dividend_yield=dividend_yield)
    models: dict[DealerModel, ModelGamma] = {}
    matrices: dict[DealerModel, StrikeMatrix] = {}
    for number, name in enumerate(names):
        gamma = exposures(found, rows[number], spot).gamma
        matrix = matrices[name] = strike_matrix(part.strike, part.expiry, gamma)
        profile = profiles[number, :-1]
        models[name] = ModelGamma(
            float(profiles[number, -1]), profile, flip_price(grid, profile, spot), walls(matrix.strikes, matrix.by_strike),
            matrix.by_strike, matrix.by_expiry,
        )  # fmt: skip
    naive = exposures(found, rows[names.index(DealerModel.NAIVE)], spot)
    term = term_structure(part, spot)
    tomorrow = volatility_at(term, TOMORROW_YEARS)
    return GammaSummary(
        spot=spot, used=used, grid=grid, models=models, matrix=matrices[DealerModel.NAIVE],
        gross=float(np.abs(naive.gamma).sum()), delta=float(naive.delta.sum()), vanna=float(naive.vanna.sum()), charm=float(naive.charm.sum()),
        pains=_pains(chain), term=term, surface=volatility_surface(part, spot), volatility_tomorrow=tomorrow,
        move_tomorrow=None if tomorrow is None else expected_move(spot, tomorrow, TOMORROW_YEARS),
        skew=risk_reversal(part, spot, rate=rate, dividend_yield=dividend_yield),
    )  # fmt: skip


def _pains(chain: OptionChain) -> dict[int, MaxPain]:
    open_now = (chain.years > 0) & (chain.open_interest > 0)
    found: dict[int, MaxPain] = {}
    for expiry in np.unique(chain.expiry[open_now]):
        where = open_now & (chain.expiry == expiry)
        pain = max_pain(chain.strike[where], chain.is_call[where], chain.open_interest[where])
        if pain is not None:
            found[int(expiry)] = pain
    return found
