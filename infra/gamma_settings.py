"""Settings of the dealers' gamma stage."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from infra.settings_section import NotNegative, Positive, PositiveInt, Section


class GammaSettings(Section):
    """Dealers' gamma from option chains."""

    interval_seconds: PositiveInt = Field(60, le=90, description="A profile is written at least this often while its inputs live.")
    chain_interval_seconds: PositiveInt = Field(5, description="After rows of the chain came, not more often than this.")
    idle_seconds: PositiveInt = Field(14_400, description="Without any input for so long nothing more is written.")
    rate: float = Field(0.04, ge=-0.05, le=0.5, description="Interest a year, continuously compounded; a fraction.")
    dividend_yields: tuple[str, ...] = Field(
        ("SPY=0.012", "SPX=0.013", "QQQ=0.005", "NDX=0.007", "IWM=0.011"),
        description="Dividend yield a year by symbol, SYMBOL=FRACTION; 0 for others.",
    )
    profile_reach: Annotated[float, Field(gt=0, lt=0.9)] = Field(0.1, description="The profile goes so far to either side of spot, a share of it.")
    profile_points: Annotated[int, Field(ge=11, le=401)] = Field(81, description="Prices of the profile; odd, so that one is the spot.")
    strikes: PositiveInt = Field(60, description="Strikes nearest to spot that a record carries.")
    expiries: PositiveInt = Field(24, description="Nearest expiries that a record carries.")
    most_contracts: PositiveInt = Field(24_000, description="Contracts kept of an underlying; of more, the nearest expiries.")
    fresh_spot_seconds: Positive = Field(120.0, description="An older spot is flagged stale_spot.")
    fresh_chain_seconds: Positive = Field(1_800.0, description="A chain without a row for longer is flagged stale_chain.")
    fresh_vendor_seconds: Positive = Field(900.0, description="An older vendor total is flagged and not compared.")
    drift_warn: Positive = Field(0.10, description="Drift from the vendor's total, a share of the gross gamma, that an alert tells of (OVR-04) ...")
    drift_block: Positive = Field(0.25, description="... and from which one says that nobody may act on it.")
    skew_shift_sd: NotNegative = Field(1.0, description="Flag skew_shift beyond so many standard deviations of the last 20 sessions.")

    @field_validator("dividend_yields")
    @classmethod
    def _yields_are_numbers(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            _symbol_and_yield(entry)
        return entries

    def dividend_yield(self, symbol: str) -> float:
        """Return the dividend yield a year of a symbol, a fraction."""
        return dict(map(_symbol_and_yield, self.dividend_yields)).get(symbol, 0.0)


def _symbol_and_yield(entry: str) -> tuple[str, float]:
    symbol, _, share = entry.partition("=")
    try:
        level = float(share)
    except ValueError:
        level = -1.0
    if not symbol or not 0 <= level < 1:
        raise ValueError(f"expected SYMBOL=FRACTION like SPY=0.012, found {entry}")
    return symbol, level
