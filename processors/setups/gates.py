"""Quality gates: each refuses on its own, names itself and says by how much the setup missed (BOX-04, BOX-07)."""

from __future__ import annotations

from collections.abc import Sequence

from infra.settings import SetupSettings
from processors.setups.setup import STRATEGY, Setup, features_of
from processors.trust import FEED_UNFIT, doubts
from schemas.ids import deterministic_id
from schemas.records import MarketView, Side, SignalRefusal

_ROUNDING = 1e-9  # prices in binary are off by less; a ratio of exactly the floor must pass


def gates_of_break(setup: Setup, view: MarketView, settings: SetupSettings) -> list[SignalRefusal]:
    """Return a refusal for each gate that the breaking bar does not pass; a missing number is a refusal, not a guess."""
    features = features_of(view, setup.resolution)
    volume = features.relative_volume if features else None
    span = features.range_bps if features else None
    found = []
    if why := doubts(view):
        found.append(unfit_feed(STRATEGY, setup.side, setup.setup_id, view, why))
    if view.spread_bps is None:
        if settings.quote_required:
            found.append(_refusal(setup, view, "MISSING_QUOTE", None, settings.maximum_spread_bps, "bps", "a fresh quote"))
    elif view.spread_bps > settings.maximum_spread_bps:
        limit = settings.maximum_spread_bps
        found.append(_refusal(setup, view, "SPREAD_CAP", view.spread_bps, limit, "bps", f"a spread up to {limit:g} bps"))
    if volume is None or volume < settings.minimum_relative_volume:
        limit = settings.minimum_relative_volume
        found.append(_refusal(setup, view, "RVOL_FLOOR", volume, limit, "ratio", f"at least {limit:g} times the usual volume"))
    if span is None or span > settings.maximum_range_bps:
        limit = settings.maximum_range_bps
        found.append(_refusal(setup, view, "RANGE_CAP", span, limit, "bps", f"a breaking bar of up to {limit:g} bps"))
    return found


def gate_of_reward(setup: Setup, view: MarketView, ratio: float | None, settings: SetupSettings) -> SignalRefusal | None:
    """Return a refusal if the reward is below the floor; exactly the floor passes."""
    limit = settings.minimum_reward_to_risk
    if ratio is not None and ratio >= limit - _ROUNDING:
        return None
    return _refusal(setup, view, "REWARD_TO_RISK", ratio, limit, "ratio", f"a reward of at least {limit:g} times the risk")


def unfit_feed(strategy: str, side: Side, candidate_id: str, view: MarketView, why: Sequence[str]) -> SignalRefusal:
    """Return the refusal of whatever would act on a view whose feed is bad or down."""
    return SignalRefusal(
        refusal_id=deterministic_id("refusal", candidate_id, FEED_UNFIT, view.ts_event), strategy=strategy, symbol=view.symbol, side=side,
        ts_event=view.ts_event, candidate_id=candidate_id, gate=FEED_UNFIT, value=float(len(why)), limit=0.0, unit="faults",
        message=f"expected a feed to trust, found {', '.join(why)}",
    )  # fmt: skip


def _refusal(setup: Setup, view: MarketView, gate: str, value: float | None, limit: float, unit: str, expected: str) -> SignalRefusal:
    found = "none" if value is None else f"{value:.2f}"
    return SignalRefusal(
        refusal_id=deterministic_id("refusal", setup.setup_id, gate, view.ts_event),
        strategy=STRATEGY,
        symbol=view.symbol,
        side=setup.side,
        ts_event=view.ts_event,
        candidate_id=setup.setup_id,
        gate=gate,
        value=value,
        limit=limit,
        unit=unit,
        message=f"expected {expected}, found {found}",
    )
