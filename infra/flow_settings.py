"""Settings of stage.flow, stage.symbol_events and stage.aggregate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings_section import NotNegative, Positive, PositiveInt, Section

Share = Annotated[float, Field(gt=0, lt=1)]


class AggregateSettings(Section):
    """Whose records are merged into one order; which topics those are is said by processors/aggregations.yaml."""

    symbols: tuple[str, ...] = Field(("SPY", "QQQ", "IWM"), description="Symbols that stage.aggregate merges; *: every one, the whole tape.")
    grace_seconds: NotNegative = Field(2.0, description="A record leaves with the first tick this long after it; what comes later than that is late.")


class FlowSettings(Section):
    """What counts as large, as one-sided, as unusual, and how long it counts."""

    asymmetry_above: Share = Field(0.60, description="Share of calls or puts in the day's premium above which flow is one-sided (FLW-04).")
    divergence_above: Share = Field(0.10, description="Off-exchange share minus lit share above which they diverge (FLW-05).")
    score_above: Positive = Field(2.0, description="Standard deviations above which a score stands out (FLW-02, FLW-06).")
    score_buckets: int = Field(78, ge=10, le=400, description="Buckets of five minutes a score is measured with; 78 are a session.")
    score_least_buckets: PositiveInt = Field(12, description="Fewer earlier buckets give no score.")
    large_trade_usd: Positive = Field(100_000.0, description="Premium from which an option trade counts as large; smaller ones are the crowd.")
    sweep_above_usd: Positive = Field(1_000_000.0, description="Premium above which a sweep counts (FLW-07).")
    act_above: Share = Field(0.70, description="Confidence above which a predicted close imbalance may be acted on (FLW-03).")
    congress_above_usd: Positive = Field(500_000.0, description="Congress must have bought for more (FLW-08).")
    congress_days: PositiveInt = Field(30, description="Days after its filing that a trade of congress counts.")
    insider_sellers: PositiveInt = Field(3, description="Different insiders who sold, to make a cluster (FLW-09).")
    insider_days: PositiveInt = Field(30, description="Days after its filing that an insider's sale counts.")
    confirming_print_usd: Positive = Field(500_000.0, description="An off-exchange print of less confirms no flow alert (FLW-11).")
    confirm_seconds: PositiveInt = Field(300, description="Longest time between a flow alert and the print that confirms it (FLW-11).")
    book_seconds: PositiveInt = Field(10, description="Longest time between option flow and the order book it is joined with (FLW-11).")
    news_hours: PositiveInt = Field(24, description="A headline counts for this long (FLW-12).")
    grace_seconds: NotNegative = Field(2.0, description="A bucket is scored at the first tick this long after its end.")
    idle_minutes: PositiveInt = Field(15, description="A symbol without new records for so long is written no more.")
    known_trades: PositiveInt = Field(512, le=65_536, description="Newest option trades a symbol whose ids are known, to drop repeats.")
    late_seconds: PositiveInt = Field(
        60, description="An option trade this much older than the newest, and not back-filled, is a poll's repeat of the stream: dropped."
    )
