"""The gamma of one chain file: what `tapewire calc gamma` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from infra.clock import to_datetime, to_microseconds
from infra.errors import Permanent
from infra.files.chain_file import EPOCH_ORDINAL, ChainFile
from infra.files.option_chains import read_chain
from infra.market_calendar import NEW_YORK, trading_day
from infra.option_expiry import expires_us
from schemas.records import DealerModel

if TYPE_CHECKING:
    from dashboards.gamma_charts import GammaChart
    from processors.calc.gamma_chain import DayCount, OptionChain
    from processors.calc.gamma_summary import GammaSummary, ModelGamma

_WHOLE_DAYS = ("CBOE", "LEAN")


@dataclass(frozen=True, slots=True, eq=False)
class FileGamma:
    """A chain file and its gamma.

    Attributes
    ----------
    day_count
        That of the summary.
    flips
        Flip of the naive profile by day count: they differ where an expiry is a weekend away.
    vendor_total
        Total by the gamma that the file itself carries, US dollars for a move by 1 %; None where it has none.
    """

    chain: ChainFile
    moment: datetime
    spot: float
    day_count: str
    summary: GammaSummary
    flips: Mapping[str, float | None]
    vendor_total: float | None

    @property
    def naive(self) -> ModelGamma:
        """Dealers long calls and short puts."""
        return self.summary.models[DealerModel.NAIVE]

    @property
    def max_gamma_distance_pct(self) -> float | None:
        from processors.calc.gamma_levels import distance_pct

        strike = self.naive.walls.max_gamma
        return None if strike is None else distance_pct(self.spot, strike)

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain values, units in the names."""
        summary, naive, used = self.summary, self.naive, self.summary.used
        return {
            "symbol": self.chain.symbol, "kind": self.chain.kind, "moment": self.moment.isoformat(), "spot_usd": self.spot,
            "day_count": self.day_count,
            "total_gamma_of_the_file_usd_per_1pct": self.vendor_total, "total_gamma_usd_per_1pct": naive.total, "flip_usd": naive.flip,
            "flip_by_day_count_usd": dict(self.flips), "call_wall_usd": naive.walls.call_wall, "put_wall_usd": naive.walls.put_wall,
            "max_gamma_strike_usd": naive.walls.max_gamma, "max_gamma_distance_pct": self.max_gamma_distance_pct, "delta_usd": summary.delta,
            "vanna_usd_per_volatility_point": summary.vanna, "charm_usd_per_day": summary.charm,
            "volatility_tomorrow": summary.volatility_tomorrow, "move_tomorrow_usd": summary.move_tomorrow, "skew": summary.skew,
            "contracts": {
                "used": int(used.where.sum()), "expired": used.expired, "empty": used.empty, "no_volatility": used.no_volatility,
                "no_open_interest": used.no_open_interest,
            },
            "profile": {"price_usd": summary.grid.tolist(), "gamma_usd_per_1pct": naive.profile.tolist()},
            "by_strike": {"strike_usd": summary.matrix.strikes.tolist(), "gamma_usd_per_1pct": naive.by_strike.tolist()},
            "by_expiry": {"expiry": [str(_date(day)) for day in summary.matrix.expiries.tolist()], "gamma_usd_per_1pct": naive.by_expiry.tolist()},
            "max_pain": {str(_date(day)): pain._asdict() for day, pain in summary.pains.items()},
            "term_structure": dict(zip(map(str, map(_date, summary.term.expiry.tolist())), summary.term.volatility.tolist(), strict=True)),
        }  # fmt: skip

    def as_chart(self) -> GammaChart:
        """Return what the plot shows."""
        from dashboards.gamma_charts import GammaChart

        summary, naive = self.summary, self.naive
        return GammaChart(
            symbol=self.chain.symbol, spot=self.spot, grid=summary.grid.tolist(), profiles={"NAIVE": naive.profile.tolist()}, flip=naive.flip,
            call_wall=naive.walls.call_wall, put_wall=naive.walls.put_wall, strikes=summary.matrix.strikes.tolist(),
            expiries=[_date(day) for day in summary.matrix.expiries.tolist()], matrix=summary.matrix.values.tolist(),
        )  # fmt: skip


def gamma_of_file(
    path: Path, day_count: DayCount | None, spot: float | None, moment: datetime | None, *, rate: float, dividend_yield: float, reach: float
) -> FileGamma:
    """Read a chain and compute its gamma.

    Raises
    ------
    Permanent
        If the file is not understood, or says neither spot nor moment and nobody told them.
    """
    from processors.calc.dealer_positions import naive_positions
    from processors.calc.gamma_chain import DayCount
    from processors.calc.gamma_exposure import usd_per_percent
    from processors.calc.gamma_summary import gamma_summary

    file = read_chain(path)
    price = spot or file.spot
    if price is None:
        raise Permanent(f"{path}: expected the underlying's price, found none in {file.kind}; tell it with --spot")
    moment_us = to_microseconds(moment) if moment is not None else file.moment_us
    if moment_us is None:
        raise Permanent(f"{path}: expected the moment the chain holds for, found none in {file.kind}; tell it with --at")
    chosen = day_count or (DayCount.BUSINESS if file.kind.startswith(_WHOLE_DAYS) else DayCount.CALENDAR)
    summaries = {}
    for count in (chosen, *(other for other in DayCount if other is not chosen)):
        chain = chain_of(file, count, moment_us)
        positions = {DealerModel.NAIVE: naive_positions(chain.open_interest, chain.is_call)}
        summaries[count] = gamma_summary(chain, positions, price, rate=rate, dividend_yield=dividend_yield, reach=reach)
    gamma = np.array([np.nan if row.gamma is None else row.gamma for row in file.rows])
    # All rows of the file, as its vendor publishes them: also those whose volatility is 0, if they carry a gamma.
    interest = np.array([np.nan if row.open_interest is None else row.open_interest for row in file.rows])
    exposure = usd_per_percent(gamma, naive_positions(interest, np.array([row.is_call for row in file.rows])), price)
    return FileGamma(
        chain=file, moment=to_datetime(moment_us).astimezone(NEW_YORK), spot=price, day_count=chosen.value, summary=summaries[chosen],
        flips={count.value: summary.models[DealerModel.NAIVE].flip for count, summary in summaries.items()},
        vendor_total=None if np.isnan(exposure).all() else float(np.nansum(exposure)),
    )  # fmt: skip


def chain_of(file: ChainFile, day_count: DayCount, moment_us: int) -> OptionChain:
    """Return a file's contracts as arrays."""
    from processors.calc import gamma_chain

    def column(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([np.nan if (value := getattr(row, name)) is None else value for row in file.rows], dtype=float)

    expiry = np.array([row.expiry for row in file.rows], np.int64)
    if day_count is gamma_chain.DayCount.BUSINESS:
        years = gamma_chain.business_years(expiry, trading_day(moment_us).toordinal() - EPOCH_ORDINAL)
    else:
        years = gamma_chain.calendar_years(np.array([expires_us(day) for day in expiry.tolist()], np.int64), moment_us)
    return gamma_chain.OptionChain(
        expiry, column("strike"), np.array([row.is_call for row in file.rows]), years, column("implied_volatility"), column("open_interest")
    )


def _date(days: int) -> date:
    return date.fromordinal(days + EPOCH_ORDINAL)
