"""Flow and gamma read option trades as columns that wait for their tick: whatever came when, and whoever died, the log says what they wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from infra.gamma_settings import GammaSettings
from infra.settings import Settings
from processors.log_replay import can_be_replayed
from processors.stages import STAGES
from schemas.records import OptionRight
from tests.support import flow_replay, gamma_world
from tests.support.mortal_folding import MemoryLog, MortalFolding, once, read_to_the_end

SECOND = 1_000_000
SYMBOLS = ("SPY", "QQQ", "IWM")
SETTINGS = Settings(gamma=GammaSettings(interval_seconds=4, chain_interval_seconds=2, most_contracts=100))


def moment_near(now: int, chance: Random) -> int:
    """Records come in any order, and ticks run behind them: some are of a second that is over, some of one to come; some fall on a tick."""
    return now + chance.choice([-90, -2, -1, 0, 0, 0, 1, 3]) * SECOND + chance.choice([0, chance.randrange(SECOND)])


def flow_second(log: MemoryLog, now: int, chance: Random) -> None:
    """SCH: option trades, repeats among them, and a few of each other input."""
    for _ in range(chance.randrange(9)):
        trade = flow_replay.option_trade(
            moment_near(now, chance), chance.choice([90.0, 150_000.0]), right=chance.choice(list(OptionRight)), bought=chance.choice([-1, 0, 1]),
            symbol=chance.choice(SYMBOLS), canceled=chance.random() < 0.1,
        )  # fmt: skip
        log.write("options.trades", *[trade] * chance.choice([1, 1, 2]))
    if chance.random() < 0.5:
        log.write("darkpool.prints", flow_replay.darkpool_print(moment_near(now, chance), 6e5, symbol=chance.choice(SYMBOLS)))
    if chance.random() < 0.3:
        log.write("options.flow-alerts", flow_replay.flow_alert(moment_near(now, chance), 2e6, symbol=chance.choice(SYMBOLS)))


def gamma_second(log: MemoryLog, now: int, chance: Random) -> None:
    """Chains, trades whose counts do not always rise, bars and totals; a symbol may trade before it has a chain."""
    symbol = chance.choice(SYMBOLS)
    if chance.random() < 0.3:
        chain = gamma_world.whole_chain(moment_near(now, chance))[:: chance.choice([30, 50])]
        log.write("options.contracts", *(replace(row, symbol=symbol) for row in chain))
    for _ in range(chance.randrange(9)):
        trade = gamma_world.trade(
            moment_near(now, chance), chance.choice([570, 600]), OptionRight.CALL, bought=chance.randrange(50), sold=chance.randrange(50),
            spot=chance.choice([None, 589.0, 591.5]),
        )  # fmt: skip
        log.write("options.trades", replace(trade, symbol=chance.choice(SYMBOLS)))
    if chance.random() < 0.7:
        log.write("derived.bars", replace(gamma_world.bar(now - chance.randrange(2) * SECOND, chance.uniform(580, 600)), symbol=symbol))
    if chance.random() < 0.2:
        log.write("options.exposures", replace(gamma_world.vendor_total(moment_near(now, chance), 1e9), symbol=symbol))


SECONDS: dict[str, tuple[int, Callable[[MemoryLog, int, Random], None]]] = {
    "flow": (flow_replay.OPEN + 600 * SECOND, flow_second), "gamma": (gamma_world.at("10:00:00"), gamma_second),
}  # fmt: skip


def some_log(stage: str, chance: Random, seconds: int = 25) -> MemoryLog:
    log = MemoryLog(STAGES[stage])
    begin, fill = SECONDS[stage]
    for second in range(seconds):
        fill(log, begin + second * SECOND, chance)
        if chance.random() < 0.9:
            log.tick(begin + (second + 1) * SECOND)
    return log


@pytest.mark.parametrize("stage", SECONDS)
@examples(max_examples=8)
@given(seed=st.integers(0, 10**6))
async def test_a_killed_worker_writes_what_the_log_says(stage: str, seed: int) -> None:
    """Columns in batches cut anywhere against records one by one: the same bytes in the same order, once what came twice is taken away."""
    chance = Random(seed)
    log = some_log(stage, chance)
    worker = MortalFolding(log, SETTINGS)
    await read_to_the_end(worker, chance, kills=4)
    expected = log.folded_again(SETTINGS, worker.codecs)
    assert len(expected) > 5
    assert once(worker.written) == expected


@pytest.mark.parametrize("stage", SECONDS)
async def test_little_room_changes_nothing(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for ticks, and what a tick leaves in the state, has an end; whoever reaches it goes on with the same numbers."""
    monkeypatch.setattr("processors.folding._MOST_HELD_BYTES", 600)
    monkeypatch.setattr("processors.folds.flow._MOST_PENDING_BYTES", 7 * 48)
    monkeypatch.setattr("processors.folds.gamma._MANY_WAITING_BYTES", 5 * 72)
    monkeypatch.setattr("processors.folds.gamma._MOST_WAITING_BYTES", 11 * 72)
    chance = Random(3)
    log = some_log(stage, chance, 60)
    worker = MortalFolding(log, SETTINGS)
    await read_to_the_end(worker, chance, kills=5)
    assert once(worker.written) == log.folded_again(SETTINGS, worker.codecs)


async def test_without_ticks_what_is_held_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks stop: nothing more is fetched of a topic beyond its room; they go on: so does everything."""
    monkeypatch.setattr("processors.folding._MOST_HELD_BYTES", 2_500)
    chance = Random(4)
    log, ticks = some_log("flow", chance, 160), []
    log.records["ops.ticks"], ticks = [], log.records["ops.ticks"]
    worker: Any = MortalFolding(log, SETTINGS)
    await read_to_the_end(worker, chance)
    left = {name: len(worker._values[name]) - at for name, at in worker._at.items()}
    assert left["options.trades"] > 0 and worker.folding.records_in == 0
    assert {topic for topic, _ in worker.folding.full()} == {f"{name}.v1" for name, count in left.items() if count}
    assert worker.folding.idle() >= worker.folding.full(), "no work for the watch to miss"
    assert worker.most_held < len(worker._at) * (2_500 + 12 * 1_000)
    log.records["ops.ticks"] = ticks
    worker._values["ops.ticks"] = [worker.codecs.of("ops.ticks").encode(tick) for tick in ticks]
    while worker.waiting():
        await worker.fetch(chance)
    assert once(worker.written) == log.folded_again(SETTINGS, worker.codecs)
    assert all(can_be_replayed(STAGES[name]) for name in SECONDS)
