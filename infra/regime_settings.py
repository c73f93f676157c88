"""Settings of the regime, of the agents that look for findings, and of the researchers' data layer."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from infra.settings_section import NotNegative, Positive, PositiveInt, Section


class RegimeSettings(Section):
    """What the regime of a symbol looks at, and from where on it is one thing or another."""

    window_bars: int = Field(60, ge=30, le=480, description="Newest bars that all numbers but the volatility's rank are of.")
    window_span_bars: PositiveInt = Field(120, description="Bars that began more than so many bar lengths before the newest ended are forgotten.")
    minimum_bars: int = Field(30, ge=28, description="Fewer bars have no regime: label UNKNOWN, reason warming_up.")
    return_bars: int = Field(30, ge=5, description="Newest bars that the realised volatility and the drift are of.")
    volatility_history: PositiveInt = Field(390, description="Earlier values of the volatility among which the newest is ranked.")
    minimum_volatility_history: PositiveInt = Field(60, description="With fewer of them there is no rank.")
    trend_adx: Positive = Field(25.0, description="Trending from this ADX (14) on ...")
    trend_score: Positive = Field(1.96, description="... while the mean return is so many standard errors from 0.")
    reversion_score: Positive = Field(1.645, description="Mean reverting when the variance ratio is so many standard deviations below 1.")
    volatile_rank: float = Field(0.8, gt=0, lt=1, description="Volatile from this rank of the realised volatility on, calm below.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.minimum_bars > self.window_bars:
            raise ValueError(f"expected minimum_bars of at most window_bars {self.window_bars}, found {self.minimum_bars}")
        if self.minimum_volatility_history > self.volatility_history:
            raise ValueError(f"expected minimum_volatility_history of at most {self.volatility_history}, found {self.minimum_volatility_history}")
        return self


class MacroGaugeSettings(Section):
    """Yields, the dollar and volatility's basis out of the broker's quotes."""

    seconds: Positive = Field(5.0, description="Each gauge is told at most once in so many seconds of the quotes' time.")
    fresh_seconds: Positive = Field(60.0, description="Two prices further apart than this are not compared.")


class AgentSettings(Section):
    """Which agents run, and what they take for a finding; how often each runs is part of the agent."""

    feature_new_trend: bool = Field(True, description="FEATURE_NEW_TREND (BAR-12): off, the agent does not run.")
    feature_reversal: bool = Field(True, description="FEATURE_REVERSAL (BAR-12): off, the agent does not run.")
    feature_liquidity: bool = Field(True, description="FEATURE_LIQUIDITY (BAR-12): off, the agent does not run.")
    feature_macro: bool = Field(True, description="The macro watcher (CAL-10): off, it does not run; the windows are those of `macro`.")
    macro_relative_volume: Positive = Field(
        2.0, description="MACRO_RVOL_MIN (CAL-10): a 1-minute bar in the window with so many times the mean volume of the 20 before it."
    )
    surge_relative_volume: Positive = Field(3.0, description="Volume surge: a 5-minute bar of so many times the mean volume of the 20 before it.")
    trend_runs: PositiveInt = Field(3, description="New trend: the means must have been in line for so many runs, and not before.")
    reversal_atr: Positive = Field(2.0, description="Reversal: so many 5-minute ATRs back from the day's high or low ...")
    reversal_minutes: Positive = Field(30.0, description="... that was made at most so long ago.")
    thin_spread_bps: Positive = Field(60.0, description="Liquidity: thin from this spread on ...")
    thin_value_usd: NotNegative = Field(1_000.0, description="... or with less than this, US dollars, on the smaller side of the quote ...")
    thin_runs: PositiveInt = Field(3, description="... for so many runs in a row; as many others end it.")


class ResearchSettings(Section):
    """The data layer that researchers fetch bars, signals and regimes with."""

    cache_folder: Path = Field(Path(".tapewire/frames"), description="Where fetched frames are kept as Parquet files.")
