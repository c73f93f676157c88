"""The stages: which fold runs on which topics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infra.errors import ConfigurationError, Permanent
from infra.market_calendar import session_at
from infra.settings import Settings, clock_of
from processors.aggregations import load_aggregations
from processors.anomaly_model import read_model
from processors.folds import facts, vendor_bars
from processors.folds.agents import AgentsFold
from processors.folds.aggregate import AggregateFold, merged_keys
from processors.folds.decisions import DecisionsFold
from processors.folds.depth import DepthFold
from processors.folds.flow import FlowFold
from processors.folds.flow_metrics import INPUTS as FLOW_INPUTS
from processors.folds.gamma import GammaFold
from processors.folds.market import MarketFold
from processors.folds.microstructure import MicrostructureFold
from processors.folds.minute_bars import MinuteBars
from processors.folds.regime import RegimeFold
from processors.stage_spec import StageSpec

_MERGED = load_aggregations()
_MERGED_TOPICS = tuple(dict.fromkeys(source.topic for source in _MERGED))


def _market_fold(settings: Settings) -> MarketFold:
    # The first process of all computes the exchange's sessions, which takes a second: here, and not at the first view, when the loop must not wait.
    session_at(clock_of(settings).now_us())
    return MarketFold(settings.bars, settings.boxes, settings.feature, settings.views, settings.tape)


def _flow_fold(settings: Settings) -> FlowFold:
    session_at(clock_of(settings).now_us())  # as above
    return FlowFold(settings.flow)


def _microstructure_fold(settings: Settings) -> MicrostructureFold:
    session_at(clock_of(settings).now_us())  # as above
    path = settings.microstructure.anomaly_model_path
    try:
        model = read_model(Path(path)) if path else None
    except Permanent as error:
        raise ConfigurationError(f"TAPEWIRE_MICROSTRUCTURE__ANOMALY_MODEL_PATH: {error}") from error
    return MicrostructureFold(settings.microstructure, settings.bars.grace_seconds, model)


def _gamma_fold(settings: Settings) -> GammaFold:
    fold = GammaFold(settings.gamma)
    fold.compile()  # the first profile would stop the loop for seconds
    return fold


STAGES: Mapping[str, StageSpec] = {
    "market": StageSpec(
        name="market",
        inputs=("market.trades", "market.quotes", vendor_bars.TOPIC, *facts.TOPICS),
        tick_topic="ops.ticks",
        outputs=("derived.bars", "derived.features", "derived.boxes", "views"),
        build_fold=_market_fold,
        raw_inputs=("market.trades", "market.quotes"),
        held_inputs=(vendor_bars.TOPIC, *facts.TOPICS),
    ),
    "depth": StageSpec(
        name="depth",
        inputs=("market.books",),
        tick_topic=None,
        outputs=("derived.depth",),
        build_fold=lambda _: DepthFold(),
        raw_inputs=("market.books",),
    ),
    "microstructure": StageSpec(
        name="microstructure",
        inputs=("market.books", "derived.bars", "options.flow-alerts"),
        tick_topic="ops.ticks",
        outputs=("derived.book-metrics",),
        build_fold=_microstructure_fold,
        held_inputs=("market.books", "derived.bars", "options.flow-alerts"),
        unhurried=True,
    ),
    "gamma": StageSpec(
        name="gamma",
        inputs=("options.contracts", "options.trades", "options.exposures", "options.volatility", "derived.bars"),
        tick_topic="ops.ticks",
        outputs=("derived.gamma-profiles", "derived.gamma-scores", "ops.alerts"),
        build_fold=_gamma_fold,
        raw_inputs=("options.trades", "derived.bars"),
        # Chains first: what trades and prices say of a symbol without a chain is not kept.
        held_inputs=("options.contracts", "options.trades", "options.exposures", "options.volatility", "derived.bars"),
        unhurried=True,
    ),
    "history_bars": StageSpec(
        name="history_bars",
        inputs=("history.trades",),
        tick_topic=None,
        outputs=("history.bars",),
        build_fold=lambda _: MinuteBars(),
        raw_inputs=("history.trades",),
    ),
    "flow": StageSpec(
        name="flow",
        inputs=FLOW_INPUTS,
        tick_topic="ops.ticks",
        outputs=("derived.flow-metrics",),
        build_fold=_flow_fold,
        raw_inputs=("options.trades",),
        held_inputs=FLOW_INPUTS,
        unhurried=True,
    ),
    "decisions": StageSpec(
        name="decisions",
        inputs=("views",),
        tick_topic=None,
        outputs=("setups.events", "signals", "signals.refusals", "postures"),
        build_fold=DecisionsFold,
    ),
    "regime": StageSpec(
        name="regime",
        inputs=("derived.bars",),
        tick_topic=None,
        outputs=("derived.regimes",),
        build_fold=lambda settings: RegimeFold(settings.regime),
        raw_inputs=("derived.bars",),
        unhurried=True,
    ),
    "agents": StageSpec(
        name="agents",
        inputs=("views",),
        tick_topic=None,
        outputs=("derived.findings", "derived.position-states"),
        build_fold=AgentsFold,
        unhurried=True,
    ),
    "aggregate": StageSpec(
        name="aggregate",
        inputs=_MERGED_TOPICS,
        tick_topic="ops.ticks",
        outputs=("derived.merged-flow",),
        build_fold=lambda settings: AggregateFold(_MERGED, settings.aggregate),
        held_inputs=_MERGED_TOPICS,
        unhurried=True,
        keys=lambda settings: merged_keys(settings.aggregate),
    ),
}
