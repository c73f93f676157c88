"""The stages: which fold runs on which topics."""

from __future__ import annotations

from collections.abc import Mapping

from processors.folds.decisions import DecisionsFold
from processors.folds.market import MarketFold
from processors.stage_spec import StageSpec

STAGES: Mapping[str, StageSpec] = {
    "market": StageSpec(
        name="market",
        inputs=("market.trades", "market.quotes"),
        tick_topic="ops.ticks",
        outputs=("derived.bars", "derived.features", "derived.boxes", "views"),
        build_fold=lambda settings: MarketFold(settings.bars, settings.boxes),
    ),
    "decisions": StageSpec(
        name="decisions",
        inputs=("views",),
        tick_topic=None,
        outputs=("setups.events", "signals", "signals.refusals"),
        build_fold=DecisionsFold,
    ),
}
