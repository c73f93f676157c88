"""Every stage, killed at random: whatever came when, in columns cut anywhere or one by one, the log alone says what it wrote."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.log_replay import can_be_replayed
from processors.stages import STAGES
from schemas import catalog
from tests.support.mortal_folding import MortalFolding, once, read_to_the_end
from tests.support.stage_logs import SETTINGS, some_log

WITH_ROOM = ("flow", "gamma", "aggregate")


@pytest.mark.parametrize("stage", STAGES)
@settings(max_examples=6)
@given(seed=st.integers(0, 10**6))
async def test_a_killed_worker_writes_what_the_log_says(stage: str, seed: int) -> None:
    """Batches cut anywhere against records one by one: the same bytes in the same order, once what came twice is taken away."""
    assert can_be_replayed(STAGES[stage])
    log, chance = some_log(stage, seed), Random(seed)
    worker = MortalFolding(log, SETTINGS)
    await read_to_the_end(worker, chance, kills=4)
    found, expected = once(worker.written), log.folded_again(SETTINGS, worker.codecs)
    assert len(expected) > 5
    if STAGES[stage].tick_topic is None:  # what a batch of columns gives is written symbol by symbol
        found, expected = sorted(found), sorted(expected)
    assert found == expected


@pytest.mark.parametrize("stage", WITH_ROOM)
async def test_little_room_changes_nothing(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for ticks, and what a tick leaves in the state, has an end; whoever reaches it goes on with the same numbers."""
    monkeypatch.setattr("processors.folding._MOST_HELD_BYTES", 600)
    monkeypatch.setattr("processors.folds.flow._MOST_PENDING_BYTES", 7 * 48)
    monkeypatch.setattr("processors.folds.gamma._MANY_WAITING_BYTES", 5 * 72)
    monkeypatch.setattr("processors.folds.gamma._MOST_WAITING_BYTES", 11 * 72)
    monkeypatch.setattr("processors.folds.aggregate._MOST_WAITING", 7)
    log = some_log(stage, 3, 60)
    worker = MortalFolding(log, SETTINGS)
    await read_to_the_end(worker, Random(3), kills=5)
    assert once(worker.written) == log.folded_again(SETTINGS, worker.codecs)


async def test_without_ticks_what_is_held_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks stop: nothing more is fetched of a topic beyond its room; they go on: so does everything."""
    monkeypatch.setattr("processors.folding._MOST_HELD_BYTES", 2_500)
    log, chance = some_log("flow", 4, 160), Random(4)
    ticks, log.records["ops.ticks"] = log.records["ops.ticks"], []
    worker: Any = MortalFolding(log, SETTINGS)
    await read_to_the_end(worker, chance)
    left = {name: len(worker.values[name]) - at for name, at in worker.at.items()}
    assert left["options.trades"] > 0 and worker.folding.records_in == 0
    assert {topic for topic, _ in worker.folding.full()} == {f"{name}.v1" for name, count in left.items() if count}
    assert worker.folding.idle() >= worker.folding.full(), "no work for the watch to miss"
    assert worker.most_held < len(worker.at) * (2_500 + 12 * 1_000)
    log.records["ops.ticks"] = ticks
    worker.values["ops.ticks"] = [worker.codecs.of("ops.ticks").encode(tick) for tick in ticks]
    while worker.waiting():
        await worker.fetch(chance)
    assert once(worker.written) == log.folded_again(SETTINGS, worker.codecs)


async def test_a_record_of_a_key_that_the_stage_does_not_want_is_not_even_decoded() -> None:
    """Of the whole tape stage.aggregate wants a few symbols: what cannot be read of another one is no dead letter of this stage."""
    log = some_log("aggregate", 5)
    worker = MortalFolding(log, SETTINGS)
    for place, trade in enumerate(log.records["market.trades"]):
        if catalog.topic("market.trades").key_of(trade) == "XYZ":
            worker.values["market.trades"][place] = b"no record"
    assert b"no record" in worker.values["market.trades"]
    await read_to_the_end(worker, Random(5))
    assert worker.folding.keys == 3
    assert once(worker.written) == log.folded_again(SETTINGS, worker.codecs)
