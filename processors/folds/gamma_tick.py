"""One due tick of stage.gamma: the profile of a contract table, and what the vendor's total says beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from infra.gamma_settings import GammaSettings
from infra.option_expiry import expires_us
from processors.calc import contract_table
from processors.calc.dealer_positions import flow_positions, naive_positions
from processors.calc.gamma_chain import OptionChain, calendar_years
from processors.calc.gamma_drift import drift_level, relative_drift
from processors.calc.gamma_summary import GammaSummary, gamma_summary
from processors.calc.windows import SECOND_US
from processors.folds.gamma_record import Circumstances, profile_record, without_spot
from processors.folds.gamma_rows import INDEX, PRICES, TOTALS, DailyRow
from schemas.ids import deterministic_id
from schemas.records import Alert, AlertLevel, DealerModel, GammaProfile, GammaState

_UNIT = "stage.gamma"
_KIND = "drift:gamma-total"
_PERCENT = 0.01


class GammaTick:
    """What a tick sees.

    Parameters
    ----------
    state
        With everything before the tick taken in.
    table
        Its contracts; at least one.
    """

    def __init__(self, state: GammaState, table: npt.NDArray[np.void], now: int, settings: GammaSettings) -> None:
        self._state, self._table, self._now, self._settings = state, table, now, settings
        self._price = PRICES.last(state.price) if state.price else None
        self._dividend_yield = settings.dividend_yield(state.symbol)

    def profile(self, past: Sequence[DailyRow]) -> GammaProfile:
        """Return the profile; ``past`` are the sessions before."""
        if self._price is None:
            return without_spot(self._circumstances(None, ()), len(self._table), self._settings)
        positions = self._positions()
        found = gamma_summary(
            self._chain(), positions, self._price.price, rate=self._settings.rate, dividend_yield=self._dividend_yield,
            reach=self._settings.profile_reach, points=self._settings.profile_points,
        )  # fmt: skip
        missing = tuple(f"no_{model.value.lower()}" for model in (DealerModel.FLOW, DealerModel.OPENED) if model not in positions)
        return profile_record(found, self._circumstances(found, missing), past, self._settings)

    def alert(self, profile: GammaProfile) -> Alert | None:
        """Return an alert if the drift from the vendor has another level than it had."""
        level = profile.drift_level
        if level is self._state.drift_level or profile.gamma_usd_per_1pct is None:
            return None
        ours, theirs = profile.gamma_usd_per_1pct, profile.vendor_gamma_usd_per_1pct
        limit = self._settings.drift_block if level is AlertLevel.BLOCK else self._settings.drift_warn
        told = "the vendor's total is not there to compare"
        if theirs is not None and profile.vendor_drift is not None:
            told = f"ours {ours / 1e6:,.1f}, the vendor's {theirs / 1e6:,.1f} million USD per 1 %: {profile.vendor_drift:+.1%} of the gross"
        return Alert(
            alert_id=deterministic_id("alert", _KIND, profile.symbol, level, self._now), kind=_KIND, level=level, unit=_UNIT,
            subject=profile.symbol, ts_event=self._now, measured=profile.vendor_drift, tolerated=limit, measured_unit="share",
            claims={"tapewire": ours} | ({} if theirs is None else {"vendor": theirs}), reason=told,
        )  # fmt: skip

    def _chain(self) -> OptionChain:
        table = self._table
        expiry = contract_table.expiries(table)
        days, place = np.unique(expiry, return_inverse=True)
        moments = np.array([expires_us(day) for day in days.tolist()], np.int64)[place]
        return OptionChain(
            expiry, contract_table.strikes(table), contract_table.calls(table), calendar_years(moments, self._now),
            table["volatility"].astype(np.float64), table["interest"].astype(np.float64),
        )  # fmt: skip

    def _positions(self) -> dict[DealerModel, npt.NDArray[np.float64]]:
        table = self._table
        positions = {DealerModel.NAIVE: naive_positions(table["interest"].astype(np.float64), contract_table.calls(table))}
        bought, sold, carried = (table[name].astype(np.float64) for name in ("bought", "sold", "carried"))
        if (bought + sold + np.abs(carried)).any():
            positions[DealerModel.FLOW] = flow_positions(carried, bought, sold)
        if table["changes"].any():
            positions[DealerModel.OPENED] = table["opened"].astype(np.float64)
        return positions

    def _circumstances(self, found: GammaSummary | None, flags: tuple[str, ...]) -> Circumstances:
        settings, state = self._settings, self._state
        spot_age = None if self._price is None else (self._now - self._price.ts_event) / SECOND_US
        chain_age = (self._now - state.newest_chain) / SECOND_US
        vendor, vendor_age = self._vendor(None if found is None else found.spot)
        fresh = vendor is not None and vendor_age is not None and vendor_age <= settings.fresh_vendor_seconds
        drift = None
        if fresh and found is not None and vendor is not None:
            drift = relative_drift(found.models[DealerModel.NAIVE].total, vendor, found.gross)
        level = drift_level(drift, settings.drift_warn, settings.drift_block)
        told = [
            *(["stale_spot"] if spot_age is not None and spot_age > settings.fresh_spot_seconds else []),
            *(["stale_chain"] if chain_age > settings.fresh_chain_seconds else []),
            *flags,
            *(["no_vendor"] if vendor is None else [] if fresh else ["stale_vendor"]),
            *(["vendor_drift"] if level is not AlertLevel.CLEARED else []),
            *(["chain_cut"] if len(self._table) >= settings.most_contracts else []),
        ]
        index = INDEX.last(state.index) if state.index else None
        return Circumstances(
            state.symbol, self._now, spot_age, chain_age, vendor, vendor_age, drift, level, self._unsigned_share(), told, self._dividend_yield, index
        )

    def _vendor(self, spot: float | None) -> tuple[float | None, float | None]:
        """Return the vendor's total in US dollars for a move by 1 % and its age; its own dollars count before shares of the day."""
        rows = {row.in_usd: row for row in TOTALS.unpack(self._state.vendor)}
        row = rows.get(1) or rows.get(0)
        if row is None or spot is None:
            return None, None
        return row.gamma if row.in_usd else row.gamma * _PERCENT * spot * spot, (self._now - row.ts_event) / SECOND_US

    def _unsigned_share(self) -> float | None:
        unsigned, signed = float(self._table["unsigned"].sum()), float((self._table["bought"] + self._table["sold"]).sum())
        return unsigned / (unsigned + signed) if unsigned + signed else None
