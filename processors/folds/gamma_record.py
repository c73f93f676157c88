"""A gamma summary as the record that is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infra.gamma_settings import GammaSettings
from processors.calc.gamma_chain import DayCount
from processors.calc.gamma_levels import distance_pct, is_at_max_gamma, support_resistance
from processors.calc.gamma_summary import FORMULA_VERSION, GammaSummary, ModelGamma
from processors.calc.volatility_rank import is_cheap_enough, volatility_percentile, volatility_rank
from processors.calc.volatility_skew import SkewShift, skew_shift
from processors.calc.volatility_surface import index_gap
from processors.calc.volatility_term import volatility_at
from processors.folds.gamma_rows import DailyRow, IndexRow
from schemas.records import AlertLevel, DealerModel, GammaProfile

_MONTH_YEARS = 30 / 365
_LEAST_DAYS = 20


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a record says beside the summary; ages in seconds."""

    symbol: str
    ts_event: int
    spot_age: float | None
    chain_age: float | None
    vendor_total: float | None
    vendor_age: float | None
    drift: float | None
    drift_level: AlertLevel
    unsigned_share: float | None
    flags: Sequence[str]
    dividend_yield: float
    index: IndexRow | None


def without_spot(about: Circumstances, contracts: int, settings: GammaSettings) -> GammaProfile:
    """Return a record that says that nothing can be computed."""
    return GammaProfile(
        symbol=about.symbol, ts_event=about.ts_event, chain_age_seconds=about.chain_age, contracts_used=0, contracts_expired=0,
        contracts_empty=0, contracts_without_volatility=0, contracts_without_open_interest=contracts, unsigned_share=about.unsigned_share,
        day_count=DayCount.CALENDAR.value, rate=settings.rate, dividend_yield=about.dividend_yield, flags=("no_spot", *about.flags),
        formula_version=FORMULA_VERSION, **_of_index(about.index, None),
    )  # fmt: skip


def profile_record(found: GammaSummary, about: Circumstances, past: Sequence[DailyRow], settings: GammaSettings) -> GammaProfile:
    """Return the record of a summary.

    Parameters
    ----------
    past
        The sessions before this one, oldest first.
    """
    naive = found.models[DealerModel.NAIVE]
    flow, opened = found.models.get(DealerModel.FLOW), found.models.get(DealerModel.OPENED)
    sides = support_resistance(naive.walls, found.spot)
    near = np.sort(np.argsort(np.abs(found.matrix.strikes - found.spot), kind="stable")[: settings.strikes])
    expiries = found.matrix.expiries[: settings.expiries]
    nearest = min(found.pains, default=None)
    pain = None if nearest is None else found.pains[nearest]
    most = naive.walls.max_gamma
    month = volatility_at(found.term, _MONTH_YEARS)
    rank, percentile = _rank(month, past)
    shift = _shift(found.skew, past)
    day = None if about.index is None else _day(about.index.session, past)
    flags = (
        *about.flags,
        *(("skew_shift",) if shift is not None and shift.fires(settings.skew_shift_sd) else ()),
        *(("index_gap_vendor",) if day is not None and not day.own else ()),
    )
    surface_expiries, surface_moneyness, surface_volatility = found.surface.points(expiries)
    return GammaProfile(
        symbol=about.symbol, ts_event=about.ts_event, spot=found.spot, spot_age_seconds=about.spot_age, chain_age_seconds=about.chain_age,
        **_of_model("", naive), **_of_model("flow_", flow), **_of_model("opened_", opened),
        max_gamma_strike=most, max_gamma_distance_pct=None if most is None else distance_pct(found.spot, most),
        at_max_gamma=most is not None and is_at_max_gamma(found.spot, most),
        above_put_wall=sides.above_support, below_call_wall=sides.below_resistance,
        gross_gamma_usd_per_1pct=found.gross, delta_usd=found.delta, vanna_usd_per_vol_point=found.vanna, charm_usd_per_day=found.charm,
        max_pain=None if pain is None else pain.strike,
        pin_low=None if pain is None else pain.pin_low, pin_high=None if pain is None else pain.pin_high,
        volatility_tomorrow=found.volatility_tomorrow, move_tomorrow_usd=found.move_tomorrow, volatility_30d=month,
        iv_rank=rank, iv_percentile=percentile, iv_allows_buying=None if rank is None else is_cheap_enough(rank),
        skew=found.skew, skew_average_20d=None if shift is None else shift.average, skew_shift_sd=None if shift is None else shift.shift,
        vendor_gamma_usd_per_1pct=about.vendor_total, vendor_age_seconds=about.vendor_age, vendor_drift=about.drift, drift_level=about.drift_level,
        grid_prices=tuple(found.grid.tolist()), grid_naive=tuple(naive.profile.tolist()), grid_flow=_grid(flow), grid_opened=_grid(opened),
        strikes=tuple(found.matrix.strikes[near].tolist()), strike_gamma=tuple(naive.by_strike[near].tolist()),
        strike_gamma_flow=() if flow is None else tuple(flow.by_strike[near].tolist()),
        strike_gamma_opened=() if opened is None else tuple(opened.by_strike[near].tolist()),
        expiries=tuple(expiries.tolist()), expiry_gamma=tuple(naive.by_expiry[: len(expiries)].tolist()),
        expiry_max_pain=tuple(found.pains[day].strike if day in found.pains else 0.0 for day in expiries.tolist()),
        matrix_gamma=tuple(found.matrix.values[: len(expiries), near].ravel().tolist()),
        term_expiries=tuple(found.term.expiry.tolist()), term_volatility=tuple(found.term.volatility.tolist()),
        contracts_used=int(found.used.where.sum()), contracts_expired=found.used.expired, contracts_empty=found.used.empty,
        contracts_without_volatility=found.used.no_volatility, contracts_without_open_interest=found.used.no_open_interest,
        unsigned_share=about.unsigned_share, day_count=DayCount.CALENDAR.value, rate=settings.rate, dividend_yield=about.dividend_yield, flags=flags,
        formula_version=FORMULA_VERSION,
        surface_expiries=tuple(surface_expiries.tolist()), surface_moneyness=tuple(surface_moneyness.tolist()),
        surface_volatility=tuple(surface_volatility.tolist()), **_of_index(about.index, day),
    )  # fmt: skip


def _of_index(index: IndexRow | None, day: DailyRow | None) -> dict[str, Any]:
    if index is None:
        return {}
    gap = None if day is None else index_gap(day.volatility, index.close)
    return {"volatility_index": index.close, "volatility_index_session": index.session, "volatility_index_gap": gap}


def _day(session: int, past: Sequence[DailyRow]) -> DailyRow | None:
    """Return a session's row if its volatility is known."""
    return next((row for row in past if row.session == session and not np.isnan(row.volatility)), None)


def _of_model(prefix: str, model: ModelGamma | None) -> dict[str, Any]:
    if model is None:
        return {}
    values = (model.total, model.flip, model.walls.call_wall, model.walls.put_wall)
    names = ("gamma_usd_per_1pct", "flip_price", "call_wall", "put_wall")
    return {f"{prefix}{name}": value for name, value in zip(names, values, strict=True)}


def _grid(model: ModelGamma | None) -> tuple[float, ...]:
    return () if model is None else tuple(model.profile.tolist())


def _rank(now: float | None, past: Sequence[DailyRow]) -> tuple[float | None, float | None]:
    volatilities = np.array([row.volatility for row in past])
    if now is None or int((~np.isnan(volatilities)).sum()) < _LEAST_DAYS:
        return None, None
    return volatility_rank(now, volatilities), volatility_percentile(now, volatilities)


def _shift(now: float | None, past: Sequence[DailyRow]) -> SkewShift | None:
    return None if now is None else skew_shift(now, np.array([row.skew for row in past]))
