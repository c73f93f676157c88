"""Quality gates: each refuses on its own, names itself and says by how much the setup missed (BOX-04, BOX-07, BOX-08)."""

from __future__ import annotations

from collections.abc import Sequence

from infra.plays_settings import SetupSettings
from processors.calc.shortfall import Gap, is_near
from processors.calc.trade_plan import direction
from processors.setups.setup import Setup, features_of
from processors.trust import FEED_UNFIT, REGIME, REGIME_EXCLUDED, doubts
from schemas.ids import deterministic_id
from schemas.records import DepthMode, MarketView, RegimeLabel, Side, SignalRefusal

_ROUNDING = 1e-9  # prices in binary are off by less; a ratio of exactly the floor must pass
_GRADES = "ABCD"


def gates_of_break(setup: Setup, view: MarketView, settings: SetupSettings) -> list[SignalRefusal]:
    """Return a refusal for each gate that the breaking bar does not pass; a missing number is a refusal, not a guess."""
    features = features_of(view, setup.resolution)
    volume = features.relative_volume if features else None
    span = features.range_bps if features else None
    found = []
    if why := doubts(view):
        found.append(withheld(setup.strategy, setup.side, setup.setup_id, view, why))
    if view.spread_bps is None:
        if settings.quote_required:
            found.append(_refusal(setup, view, "MISSING_QUOTE", None, settings.maximum_spread_bps, "bps", "a fresh quote", settings))
    elif view.spread_bps > settings.maximum_spread_bps:
        limit = settings.maximum_spread_bps
        found.append(_refusal(setup, view, "SPREAD_CAP", view.spread_bps, limit, "bps", f"a spread up to {limit:g} bps", settings))
    if volume is None or volume < settings.minimum_relative_volume:
        limit = settings.minimum_relative_volume
        found.append(_refusal(setup, view, "RVOL_FLOOR", volume, limit, "ratio", f"at least {limit:g} times the usual volume", settings))
    if span is None or span > settings.maximum_range_bps:
        limit = settings.maximum_range_bps
        found.append(_refusal(setup, view, "RANGE_CAP", span, limit, "bps", f"a breaking bar of up to {limit:g} bps", settings))
    return found


def gate_of_reward(setup: Setup, view: MarketView, ratio: float | None, settings: SetupSettings) -> SignalRefusal | None:
    """Return a refusal if the reward is below the floor; exactly the floor passes."""
    limit = settings.minimum_reward_to_risk
    if ratio is not None and ratio >= limit - _ROUNDING:
        return None
    return _refusal(setup, view, "REWARD_TO_RISK", ratio, limit, "ratio", f"a reward of at least {limit:g} times the risk", settings)


def gates_of_depth(setup: Setup, view: MarketView, settings: SetupSettings) -> list[SignalRefusal]:
    """Return a refusal for each gate of the order book that would hold the trigger back (BOX-08, DEP-03).

    Without a book, or with a delayed one, there is none: candles alone decide. An imbalance within the limit passes, whichever way it leans.
    """
    if view.depth is None or view.depth.mode is DepthMode.DELAYED:
        return []
    found = []
    imbalance, limit = view.depth.imbalance_3s, settings.maximum_opposing_imbalance
    if imbalance is not None and (against := -imbalance * direction(setup.side)) > limit + _ROUNDING:
        found.append(_refusal(setup, view, "DEPTH_OPPOSES", against, limit, "ratio", f"an imbalance of at most {limit:g} against the trade",
                              settings))  # fmt: skip
    if view.depth.grade is not None and view.depth.grade.value > settings.minimum_grade:
        value, worst = float(_GRADES.index(view.depth.grade.value)), float(_GRADES.index(settings.minimum_grade))
        expected = f"liquidity grade {settings.minimum_grade} or better, found {view.depth.grade.value}"
        found.append(_refusal(setup, view, "LIQUIDITY_GRADE", value, worst, "grade", "", settings, sentence=f"expected {expected}"))
    return found


def withheld(strategy: str, side: Side, candidate_id: str, view: MarketView, why: Sequence[str]) -> SignalRefusal:
    """Return the refusal of whatever would act on a view that is not to be acted on; ``why`` as `doubts` says."""
    faults = [flag for flag in why if flag != REGIME_EXCLUDED]
    gate = FEED_UNFIT if faults else REGIME
    label = RegimeLabel.UNKNOWN if view.regime is None else view.regime.label
    return SignalRefusal(
        refusal_id=deterministic_id("refusal", candidate_id, gate, view.ts_event), strategy=strategy, symbol=view.symbol, side=side,
        ts_event=view.ts_event, candidate_id=candidate_id, gate=gate, value=float(len(faults)) if faults else None,
        limit=0.0 if faults else None, unit="faults" if faults else "regime",
        message=f"expected a feed to trust, found {', '.join(faults)}" if faults else f"expected a regime of the strategy, found {label.value}",
    )  # fmt: skip


def refusal_of(gap: Gap, *, candidate_id: str, strategy: str, side: Side | None, view: MarketView, near_share: float, message: str) -> SignalRefusal:
    """Write a gap down: what was measured, what is allowed, how far it is from passing, and whether that is near."""
    return SignalRefusal(
        refusal_id=deterministic_id("refusal", candidate_id, gap.gate, view.ts_event),
        strategy=strategy,
        symbol=view.symbol,
        side=side,
        ts_event=view.ts_event,
        candidate_id=candidate_id,
        gate=gap.gate,
        value=gap.value,
        limit=gap.limit,
        unit=gap.unit,
        message=message,
        shortfall=gap.shortfall,
        near_miss=is_near(gap, near_share),
    )


def _refusal(
    setup: Setup, view: MarketView, gate: str, value: float | None, limit: float, unit: str, expected: str, settings: SetupSettings,
    sentence: str = "",
) -> SignalRefusal:  # fmt: skip
    found = "none" if value is None else f"{value:.2f}"
    return refusal_of(
        Gap(gate, value, limit, unit), candidate_id=setup.setup_id, strategy=setup.strategy, side=setup.side, view=view,
        near_share=settings.near_miss_share, message=sentence or f"expected {expected}, found {found}",
    )  # fmt: skip
