"""Settings of setups, plays, the box scan and the trend posture."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from infra.settings_section import NotNegative, Positive, PositiveInt, Section
from schemas.records import RegimeLabel

Share = Annotated[float, Field(ge=0, le=1)]
BarLength = Literal["M1", "M2", "M5"]
Grade = Literal["A", "B", "C", "D"]


class SetupSettings(Section):
    """Gates and lives of the setups, those of plays included."""

    maximum_spread_bps: Positive = Field(60.0, description="Gate SPREAD_CAP.")
    quote_required: bool = Field(True, description="Gate MISSING_QUOTE. False for tapes without quotes: the spread goes unmeasured.")
    minimum_relative_volume: NotNegative = Field(0.5, description="Gate RVOL_FLOOR, on the bar that breaks.")
    maximum_range_bps: Positive = Field(250.0, description="Gate RANGE_CAP, on the bar that breaks.")
    minimum_reward_to_risk: Positive = Field(1.5, description="Gate REWARD_TO_RISK, first target against stop.")
    maximum_opposing_imbalance: Share = Field(0.2, description="Gate DEPTH_OPPOSES: the 3 s imbalance against the trade may be this large.")
    minimum_grade: Grade = Field("B", description="Gate LIQUIDITY_GRADE: worst liquidity grade that may trigger, where depth is known.")
    near_miss_share: Share = Field(0.25, description="A refusal is a near miss if it lacks at most this share of the limit.")
    armed_ttl_seconds: PositiveInt = Field(3_600, description="ARMED resolves EXPIRED after this.")
    primed_ttl_seconds: PositiveInt = Field(1_200, description="PRIMED resolves EXPIRED without a retest.")
    active_ttl_seconds: PositiveInt = Field(5_400, description="ACTIVE resolves EXPIRED without stop or target.")
    departure_atr: NotNegative = Field(0.75, description="Price must first go this far beyond the edge, or it cannot come back.")
    retest_tolerance_atr: NotNegative = Field(0.5, description="The retest must come this close to the edge.")
    retest_hold_seconds: PositiveInt = Field(20, description="Price must stay for this long after it came back.")
    retest_turn_atr: NotNegative = Field(0.35, description="The last price must be this much better than the retest's worst.")
    stop_buffer_atr: NotNegative = Field(0.25, description="Stop this far beyond the middle of the box or the retest's extreme.")
    signal_valid_seconds: PositiveInt = Field(60, description="Nobody may act on the trigger's signal later.")
    target_multiples: tuple[Positive, ...] = Field((1.0, 2.0), description="Targets in box heights, measured from the edge.")

    @model_validator(mode="after")
    def _departure_lies_beyond_the_retest(self) -> Self:
        if self.departure_atr < self.retest_tolerance_atr:
            raise ValueError(f"expected departure_atr of at least retest_tolerance_atr {self.retest_tolerance_atr:g}, found {self.departure_atr:g}")
        return self


class BoxScanSettings(Section):
    """The continuous scan of small caps for boxes that nearly are; a share's market value is not on the tape, so its price stands for it."""

    enabled: bool = True
    interval_seconds: PositiveInt = Field(10, description="Market seconds between two looks at a symbol.")
    minimum_price: NotNegative = Field(0.5, description="Cheaper symbols are not scanned, US dollars ...")
    maximum_price: Positive = Field(20.0, description="... nor are dearer ones.")
    minimum_day_volume: NotNegative = Field(20_000.0, description="Nor symbols with fewer shares traded today ...")
    minimum_day_range_percent: NotNegative = Field(3.0, description="... or with a smaller distance from the day's low to its high.")
    most_gates: PositiveInt = Field(2, description="A near miss lacks at most so many of the gates of a box.")
    repeat_seconds: PositiveInt = Field(300, description="A gate that a symbol nearly passes is told of at most this often.")


class EmaCrossSettings(Section):
    enabled: bool = True
    beside_plays: bool = Field(False, description="Runs on when a VWAP, sigma or high-of-day play is switched on.")
    valid_seconds: PositiveInt = Field(120, description="A crossover signal is valid this long.")
    symbols: tuple[str, ...] = Field((), description="Only these symbols, e.g. those of the fixed lists; empty: all.")


class LevelPlaySettings(Section):
    """What the plays at a level have in common; off until enabled."""

    enabled: bool = False
    arm_distance_atr: Positive = Field(1.0, description="ARMED begins when a minute closes this close to the level, in ATRs.")
    leave_distance_atr: Positive = Field(3.0, description="ARMED resolves INVALIDATED when a minute closes this far from it.")
    break_buffer_atr: NotNegative = Field(0.1, description="A close counts as beyond the level by this many ATRs.")
    zone_atr: Positive = Field(2.0, description="Height of the zone at the level, in ATRs; targets are multiples of it.")


class VwapPlaySettings(LevelPlaySettings):
    """Reclaim, or loss, of the session VWAP, and a retest of it."""

    away_bars: PositiveInt = Field(5, description="Minutes in a row that must have closed on one side of VWAP before.")


class HighOfDayPlaySettings(LevelPlaySettings):
    """Break of the day's high, and a retest of it."""

    minimum_age_minutes: PositiveInt = Field(15, description="The high must have stood for this long.")


class SigmaPlaySettings(Section):
    """Return from beyond a sigma band of the session VWAP towards it; off until enabled."""

    enabled: bool = False
    band: Positive = Field(2.0, description="ARMED begins when a minute closes so many standard deviations from VWAP.")
    minimum_bars: PositiveInt = Field(15, description="Minutes of the regular session before the band is trusted.")


class StrategySettings(Section):
    """What holds for every strategy: the regimes it may begin something in, and the size of its signals by regime."""

    regimes: tuple[str, ...] = Field(
        (),
        description="STRATEGY=REGIME|REGIME, e.g. ema-cross=TRENDING_UP|TRENDING_DOWN: outside them it begins nothing (gate REGIME). "
        "A symbol without a regime counts as UNKNOWN; a strategy that is not named may trade in any.",
    )
    size_by_regime: bool = Field(False, description="REG-04: signals carry `size_factor`: 1, or less in the regimes of small_regimes.")
    small_regimes: tuple[RegimeLabel, ...] = Field((RegimeLabel.VOLATILE,), description="Regimes in which the size is smaller ...")
    small_size_factor: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="... and by how much.")

    @field_validator("regimes")
    @classmethod
    def _name_regimes(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        _whitelists(entries)
        return entries

    @property
    def whitelists(self) -> dict[str, frozenset[RegimeLabel]]:
        """Regimes by strategy; those that are not there may trade in any."""
        return _whitelists(self.regimes)


def _whitelists(entries: tuple[str, ...]) -> dict[str, frozenset[RegimeLabel]]:
    found: dict[str, frozenset[RegimeLabel]] = {}
    for entry in entries:
        strategy, equals, names = entry.partition("=")
        wanted = names.split("|")
        if not strategy or not equals or strategy in found or not set(wanted) <= {label.value for label in RegimeLabel}:
            known = "|".join(label.value for label in RegimeLabel)
            raise ValueError(f"expected each strategy once, as STRATEGY=REGIME|REGIME out of {known}, found {entry!r}")
        found[strategy] = frozenset(map(RegimeLabel, wanted))
    return found


TREND_FEATURES = ("ema_trend", "vwap_distance", "momentum", "volume_push", "range_place")


class TrendSettings(Section):
    """Probability of rise from weighted features, and the posture that follows. The weights are a starting point, not fitted to anything."""

    enabled: bool = True
    interval: BarLength = Field("M1", description="TS_INTERVAL: bar length whose closes are counted.")
    entry: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.6, description="TS_ENTRY: LONG from this probability on, SHORT from 1 minus it down.")
    exit: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="TS_EXIT: LONG ends below this probability, SHORT above 1 minus it.")
    persist: PositiveInt = Field(3, description="TS_PERSIST: closes in a row that must ask for another posture.")
    bias: float = Field(0.0, description="Log-odds of rise when every feature is 0.")
    weights: tuple[str, ...] = Field(
        ("ema_trend:0.1", "vwap_distance:0.04", "momentum:0.15", "volume_push:0.05", "range_place:0.3"),
        description=f"TS_WEIGHTS: feature:weight, log-odds per unit of the feature; features are {', '.join(TREND_FEATURES)}.",
    )
    mtf_weights: tuple[str, ...] = Field(("M1:0.5", "M2:0.2", "M5:0.3"), description="TS_MTF_WEIGHTS: bar length:weight in the score.")

    @field_validator("weights", "mtf_weights")
    @classmethod
    def _are_pairs(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        _weights(pairs)
        return pairs

    @model_validator(mode="after")
    def _name_what_is_known(self) -> Self:
        if unknown := sorted(set(self.by_feature) - set(TREND_FEATURES)):
            raise ValueError(f"expected features out of {', '.join(TREND_FEATURES)}, found {', '.join(unknown)}")
        if unknown := sorted(set(self.by_resolution) - {"M1", "M2", "M5"}):
            raise ValueError(f"expected bar lengths out of M1, M2, M5, found {', '.join(unknown)}")
        if self.by_resolution.get(self.interval, 0.0) <= 0 or min(self.by_resolution.values()) < 0:
            raise ValueError(f"expected no weight below 0 and one above 0 for interval {self.interval}, found {', '.join(self.mtf_weights)}")
        if not self.by_feature:
            raise ValueError("expected the weight of a feature at least, found none")
        if self.exit > self.entry:
            raise ValueError(f"expected exit of at most entry {self.entry:g}, found {self.exit:g}")
        return self

    @property
    def by_feature(self) -> dict[str, float]:
        """Weights by feature."""
        return _weights(self.weights)

    @property
    def by_resolution(self) -> dict[str, float]:
        """Weights by bar length."""
        return _weights(self.mtf_weights)


def _weights(pairs: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for pair in pairs:
        name, colon, number = pair.partition(":")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not colon or not abs(value) < float("inf") or name in found:
            raise ValueError(f"expected name:number, each name once, found {pair!r}")
        found[name.strip()] = value
    return found
