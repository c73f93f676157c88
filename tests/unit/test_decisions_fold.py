"""The decisions fold: same views, same bytes (SCH-01); every file in processors/strategies is registered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

import processors.strategies
from infra.errors import Permanent
from infra.plugins import load_all
from infra.settings import Settings
from processors.array_fold import ArrayFold
from processors.folds.decisions import DecisionsFold
from processors.stages import STAGES
from processors.strategy import registered, strategy
from schemas import catalog
from schemas.codec import Codec
from schemas.records import BoxState, DecisionsState, MarketView, Signal, Tick
from tests.support.market_replay import SYMBOL, trade
from tests.support.views import box, view


def a_life() -> list[MarketView]:
    return [
        view(2, 10.1, box_1m=box(2)), view(62, 10.18, box_1m=box(62)), view(122, 10.25, box_1m=box(122, BoxState.BROKEN_UP)),
        view(125, 10.35), view(150, 10.21), view(175, 10.26), view(200, 10.41), view(240, 10.61),
    ]  # fmt: skip


def decided(views: Iterable[MarketView], *, through_bytes: bool = False) -> list[bytes]:
    """Return the encoded decisions; ``through_bytes`` stores and reads back the state between views."""
    fold, states = DecisionsFold(Settings()), Codec(DecisionsState, 1)
    state, encoded = fold.initial(SYMBOL), []
    for item in views:
        state, outputs = fold.step(state, "views", item)
        encoded += [output.topic.encode() + Codec(type(output.record), 1).encode(output.record) for output in outputs]
        if through_bytes:
            state = states.decode(states.encode(state))
    return encoded


def test_the_same_views_give_the_same_bytes() -> None:
    first = decided(a_life())
    assert len(first) == 11
    assert sum(item.startswith(b"postures") for item in first) == 5
    assert decided(a_life()) == first
    assert decided(a_life(), through_bytes=True) == first


def test_views_that_went_over_the_wire_give_the_same_bytes() -> None:
    codec = Codec(MarketView, 1)
    assert decided([codec.decode(codec.encode(item)) for item in a_life()]) == decided(a_life())


def test_a_repeated_view_changes_nothing() -> None:
    views = a_life()
    assert decided([item for item in views for _ in range(2)]) == decided(views)
    assert decided([*views, *views]) == decided(views)


def test_only_views_are_decided_on() -> None:
    fold = DecisionsFold(Settings())
    with pytest.raises(Permanent):
        fold.step(fold.initial(SYMBOL), "views", trade(1, 5.0))
    assert fold.wants_tick(fold.initial(SYMBOL), Tick(ts_event=1)) is False


def test_every_strategy_file_is_registered_once() -> None:
    load_all("processors.strategies")
    files = {path.stem for path in Path(processors.strategies.__path__[0]).glob("*.py")} - {"__init__"}
    modules = {item.step.__module__.rpartition(".")[2] for item in registered().values() if "strategies" in item.step.__module__}
    assert modules == files
    assert {"ema-cross", "box-break-retest"} <= set(registered())
    assert all(item.summary.endswith(".") for item in registered().values())


@dataclass(frozen=True)
class ToyState:
    views: int = 0


def test_a_new_strategy_is_one_decorated_function() -> None:
    known = dict(registered())

    @strategy(id="toy", summary="Counts views.", state=ToyState, parameters=lambda settings: None)
    def step(state: ToyState, item: MarketView, parameters: None) -> tuple[ToyState, list[Signal]]:
        return ToyState(state.views + 1), []

    (toy,) = [item for name, item in registered().items() if name not in known]
    fold = DecisionsFold(Settings(), {"toy": toy})
    state = fold.initial(SYMBOL)
    for item in a_life():
        state, _ = fold.step(state, "views", item)
    assert state.strategies == {"toy": b'{"views":8}'}
    with pytest.raises(ValueError, match="two strategies are called ema-cross"):
        strategy(id="ema-cross", summary="Another.", state=ToyState, parameters=lambda settings: None)(step)
    from processors import strategy as registry

    registry._REGISTRY.pop("toy")


def test_stages_name_topics_of_the_catalogue() -> None:
    for name, stage in STAGES.items():
        assert stage.name == name
        for topic in (*stage.reads, *stage.outputs):
            catalog.topic(topic)
        fold = stage.build_fold(Settings())
        if isinstance(fold, ArrayFold):
            assert (fold.input,) == stage.inputs == stage.raw_inputs
            assert (fold.output,) == stage.outputs
        else:
            assert fold.initial(SYMBOL) is not None
