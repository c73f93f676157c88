"""The stages: which fold runs on which topics."""

from __future__ import annotations

from collections.abc import Mapping

from infra.market_calendar import session_at
from infra.settings import Settings, clock_of
from processors.folds.decisions import DecisionsFold
from processors.folds.depth import DepthFold
from processors.folds.market import MarketFold
from processors.folds.minute_bars import MinuteBars
from processors.stage_spec import StageSpec


def _market_fold(settings: Settings) -> MarketFold:
    # The exchange's calendar takes a second or two to load: here, and not at the first view, when the loop must not wait.
    session_at(clock_of(settings).now_us())
    return MarketFold(settings.bars, settings.boxes)


STAGES: Mapping[str, StageSpec] = {
    "market": StageSpec(
        name="market",
        inputs=("market.trades", "market.quotes"),
        tick_topic="ops.ticks",
        outputs=("derived.bars", "derived.features", "derived.boxes", "views"),
        build_fold=_market_fold,
        raw_inputs=("market.trades", "market.quotes"),
    ),
    "depth": StageSpec(
        name="depth",
        inputs=("market.books",),
        tick_topic=None,
        outputs=("derived.depth",),
        build_fold=lambda _: DepthFold(),
        raw_inputs=("market.books",),
    ),
    "history_bars": StageSpec(
        name="history_bars",
        inputs=("history.trades",),
        tick_topic=None,
        outputs=("history.bars",),
        build_fold=lambda _: MinuteBars(),
        raw_inputs=("history.trades",),
    ),
    "decisions": StageSpec(
        name="decisions",
        inputs=("views",),
        tick_topic=None,
        outputs=("setups.events", "signals", "signals.refusals"),
        build_fold=DecisionsFold,
    ),
}
