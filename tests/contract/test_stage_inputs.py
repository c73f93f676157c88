"""What stages read, beside what the catalogue says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.plugins import load_all
from infra.unit import registered
from processors.folds import facts
from processors.log_replay import NOT_FOLDED, can_be_replayed
from processors.stage_spec import StageSpec
from processors.stages import STAGES
from schemas import catalog
from schemas.records import MarketFacts, MarketView


def test_ticks_cover_what_stages_hold_and_nothing_else() -> None:
    """A held topic that no tick covers would be folded whenever it came; one that is covered for nobody makes each tick larger."""
    held = {topic for spec in STAGES.values() for topic in spec.held_inputs}
    assert held == {name for name, topic in catalog.topics().items() if topic.covered}


@pytest.mark.parametrize("spec", STAGES.values(), ids=STAGES)
def test_held_inputs_are_inputs_of_a_stage_with_ticks(spec: StageSpec) -> None:
    assert set(spec.held_inputs) <= set(spec.inputs)
    assert spec.tick_topic is not None or not spec.held_inputs


def test_every_stage_is_folded_again_or_says_why_not() -> None:
    """`tapewire verify` and the audit of a crash run leave out no stage in silence; docs/runtime.md names those they do."""
    load_all("processors")
    folded = {spec.unit for spec in STAGES.values() if can_be_replayed(spec)}
    assert folded == {spec.unit for spec in STAGES.values()}
    assert folded.isdisjoint(NOT_FOLDED)
    assert folded | set(NOT_FOLDED) == {name for name, unit in registered().items() if unit.kind == "stage"}
    told = (Path(__file__).parents[2] / "docs/runtime.md").read_text()
    assert all(f"`{name}`" in told and reason for name, reason in NOT_FOLDED.items())


@pytest.mark.parametrize("spec", STAGES.values(), ids=STAGES)
def test_the_catalogue_knows_who_reads_and_writes(spec: StageSpec) -> None:
    assert all(spec.unit in catalog.topic(name).consumers for name in spec.reads)
    assert all(spec.unit in catalog.topic(name).producers for name in spec.outputs)


def test_each_kind_of_fact_has_its_field_and_its_life() -> None:
    assert {kind.field for kind in facts.KINDS.values()} <= set(MarketFacts.__slots__) & set(MarketView.__slots__)
