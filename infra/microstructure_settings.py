"""Settings of what is read from order books and signed volume."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings_section import NotNegative, Positive, PositiveInt, Section


class MicrostructureSettings(Section):
    """Lives, windows and thresholds of stage.microstructure; all times are of the market."""

    book_life_seconds: Positive = Field(10.0, description="A book that nobody confirmed for so long says nothing any more (IBK-14).")
    grade_life_seconds: Positive = Field(60.0, description="A liquidity grade lives for so long after its snapshot (DEP-02).")
    rolling_seconds: Positive = Field(3.0, description="Length of the rolling imbalance.")
    vpin_buckets_a_day: PositiveInt = Field(50, description="A bucket of VPIN holds the volume of the day before divided by this ...")
    vpin_first_day_minutes: PositiveInt = Field(30, description="... and on a first day that of so many minutes, scaled to a session.")
    vpin_buckets: PositiveInt = Field(50, le=500, description="VPIN is the mean over so many buckets; null before them.")
    price_change_half_life_bars: Positive = Field(300.0, description="1-second bars after which a price change weighs half in their deviation.")
    impact_interval_seconds: PositiveInt = Field(10, description="Kyle's lambda: length of an interval ...")
    impact_intervals: PositiveInt = Field(120, le=1_000, description="... most intervals with trades of the rolling regression ...")
    impact_minimum_intervals: Annotated[int, Field(ge=3)] = Field(30, description="... and how many it needs; null before them.")
    stuffing_window_seconds: PositiveInt = Field(3, description="Quote stuffing: seconds judged together ...")
    stuffing_minimum_updates: Positive = Field(100.0, description="... updates a second below which nothing is a burst ...")
    stuffing_factor: Positive = Field(5.0, description="... times the usual rate, of updates and of updates for each trade.")
    stuffing_history_seconds: Annotated[int, Field(ge=1, le=150)] = Field(20, description="Seconds with a book that tell what is usual.")
    hedge_window_seconds: Annotated[int, Field(ge=3, le=60)] = Field(10, description="Hedging: seconds compared before and after a sweep ...")
    hedge_minimum_shift: Positive = Field(0.25, description="... change of the mean imbalance in the hedge's direction, of 2 at most ...")
    hedge_minimum_deviations: Positive = Field(4.0, description="... which must also be so many standard errors.")
    hedge_minimum_premium_usd: NotNegative = Field(25_000.0, description="Smaller sweeps are not looked at.")
    hedge_life_seconds: Positive = Field(60.0, description="The flag stays for so long.")
    anomaly_model_path: str = Field("", description="Model of `tapewire depth train`; empty: anomalies are null and say no_model.")
    pin_days: Annotated[int, Field(ge=2, le=250)] = Field(60, description="PIN: most days of the estimate ...")
    pin_minimum_days: Annotated[int, Field(ge=2)] = Field(20, description="... and how many it needs; null before them.")
    without_book_seconds: PositiveInt = Field(60, description="A symbol without a book is written at most so often, when its flow has news.")
