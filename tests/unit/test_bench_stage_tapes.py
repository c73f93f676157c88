"""What stages are measured with: every stage has a tape, its ticks cover it, and folding it gives outputs that name their cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.stage_tape import AFTER, Making, StageTape, stage_tapes
from benchmarks.timed_flow import TimedFlow, timed_flow
from benchmarks.whole_market.size import START_US
from infra.cli.run import find
from infra.kafka.codecs import CodecSet
from infra.plugins import load_all
from infra.settings import Settings
from infra.unit import registered
from processors.array_fold import ArrayFold
from processors.log_replay import Logged, replayed
from processors.stages import STAGES
from schemas import catalog

SCALE = 0.0005
FOLDED = [name for name, spec in STAGES.items() if not isinstance(spec.build_fold(Settings()), ArrayFold)]


def logged(flow: TimedFlow, codec: Any, partition: int) -> Iterator[Logged]:
    """Return the records of one partition as a topic that was empty would hold them."""
    starts = np.concatenate(([0], flow.flow.ends[:-1]))
    rows = np.flatnonzero(flow.flow.partition == partition)
    for offset, row in enumerate(rows.tolist()):
        yield offset, codec.decode(bytes(flow.flow.values[starts[row] : flow.flow.ends[row]]))


def outputs_of(stage: str, tape: StageTape, codecs: CodecSet) -> list[tuple[int, str, Any]]:
    """Fold the tape; return partition, topic and record of each output."""
    spec, settings = STAGES[stage], tape.settings(Settings())
    found = []
    for partition in range(4):
        inputs = {name: logged(tape.flows[name], codecs.of(name), partition) if name in tape.flows else iter(()) for name in spec.inputs}
        ticks: Any = logged(tape.flows["ops.ticks"], codecs.of("ops.ticks"), partition) if spec.tick_topic else ()
        found += [(partition, output.topic, output.record) for output in replayed(spec, settings, partition, inputs, ticks)]
    return found


@pytest.fixture(scope="module")
def codecs() -> CodecSet:
    return CodecSet.offline(catalog.topics())


@pytest.fixture(scope="module")
def written(codecs: CodecSet) -> dict[str, TimedFlow]:
    """What the market's tape becomes, as tapes of other stages want it."""
    outputs = outputs_of("market", stage_tapes()["market"].make(Making(codecs, SCALE, {})), codecs)
    flows = {}
    for topic in AFTER["market"]:
        records = sorted((record for _, name, record in outputs if name == topic), key=lambda record: record.ts_event)
        flows[topic] = timed_flow(topic, codecs.of(topic), records, START_US, [(record.symbol, record.ts_event) for record in records])
    return flows


def test_every_stage_has_a_tape() -> None:
    load_all("processors.units")
    assert {f"stage.{name}" for name in stage_tapes()} == {name for name, unit in registered().items() if unit.kind == "stage"}
    assert next(iter(stage_tapes())) == "market"


@pytest.mark.parametrize("stage", FOLDED)
def test_a_tape_makes_its_stage_write_and_every_output_names_its_cause(stage: str, codecs: CodecSet, written: dict[str, TimedFlow]) -> None:
    tape = stage_tapes()[stage].make(Making(codecs, SCALE, written))
    outputs = outputs_of(stage, tape, codecs)
    known = set(tape.flows[tape.cause].names)
    named = Counter(topic for partition, topic, record in outputs if tape.cause_of(partition, record) in known)
    whole = Counter(topic for _, topic, _ in outputs if catalog.topic(topic).partitions == 4)
    assert {topic: named[topic] for topic in whole} == whole
    if stage not in ("decisions", "agents"):  # two minutes of a market make nobody decide
        assert outputs
    assert tape.records > 0
    assert tape.seconds > 0
    assert tape.market_rate is not None and tape.market_rate > 0


@pytest.mark.parametrize("stage", [name for name in stage_tapes() if name not in FOLDED])
def test_the_others_have_records_with_names_and_their_own_check(stage: str, codecs: CodecSet) -> None:
    tape = stage_tapes()[stage].make(Making(codecs, SCALE, {}))
    assert tape.fault is not None
    assert set(tape.flows) <= set(find([f"stage.{stage}"])[0].reads)
    assert any(name is not None for name in tape.flows[tape.cause].names)


def test_moments_never_fall_and_ticks_cover_what_is_due_before_them(codecs: CodecSet) -> None:
    tape = stage_tapes()["market"].make(Making(codecs, SCALE, {}))
    for flow in tape.flows.values():
        assert (np.diff(flow.due) >= 0).all()
    trades = tape.flows["market.trades"]
    [(_, tick), *_] = logged(tape.flows["ops.ticks"].part(4 * 59, 4 * 60), codecs.of("ops.ticks"), 2)
    assert tick.ts_event == START_US + 60_000_000
    assert tick.barriers["market.trades.v1"] == int(((trades.due < 60.0) & (trades.flow.partition == 2)).sum())


def test_equal_scales_give_equal_tapes(codecs: CodecSet) -> None:
    one, other = (stage_tapes()["flow"].make(Making(codecs, SCALE, {})) for _ in range(2))
    assert all(np.array_equal(one.flows[name].flow.values, other.flows[name].flow.values) for name in one.flows)
