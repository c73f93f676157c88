"""Every process of the slice dies once by SIGKILL in the middle of a run at speed; nothing of it can be seen afterwards.

Bars equal pandas', boxes, setups, signals, refusals, stored rows and Discord messages equal those of the undisturbed offline
replay of the same prints: none lost, none twice, none early.
"""

from __future__ import annotations

import asyncio
import os
import random
from datetime import datetime, time
from pathlib import Path

import pytest

from infra.cli.demo_run import DemoRun, running
from infra.cli.demo_settings import SCENARIO_DAY, DemoPlan, plan_scenario
from infra.clock import MICROSECONDS, to_microseconds
from infra.errors import Retryable
from infra.market_calendar import NEW_YORK
from tests.support import run_ledger

SYMBOLS = ("ACRX", "BNGO", "CTRM", "FRGT", "HOLO", "NVDA")
SPEED = 60.0
UNTIL = "10:06"
REPLAYED_UNTIL = "12:00"  # the run goes on while it settles: what it tells later must be right as well
KILLED = ("vendorsim", "feeds", "market", "decisions", "history", "delivery", "clickhouse", "registry", "kafka", "dashboard")
FIRST_KILL_SECONDS = 12.0  # real, after the stack is up
SETTLE_SECONDS = 120.0


def seeds() -> list[int]:
    """One seed in an ordinary run; ``CRASH_SEEDS=1,2,3`` runs several."""
    return [int(seed) for seed in os.environ.get("CRASH_SEEDS", "1").split(",")]


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds())
async def test_no_kill_leaves_a_trace(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    order = list(KILLED)
    chance.shuffle(order)
    whole_day = plan_scenario(SPEED, seed=7)
    plan = DemoPlan("scenario", SYMBOLS, whole_day.start_us, None, SPEED, seed=7)
    until_us = to_microseconds(datetime.combine(SCENARIO_DAY, time.fromisoformat(UNTIL), NEW_YORK))
    async with running(plan, stack_name=f"crash-{seed}", folder=tmp_path) as run:
        await asyncio.sleep(FIRST_KILL_SECONDS * chance.uniform(0.3, 1.0))
        for name in order:
            run.stack.kill(name)
            await asyncio.sleep(chance.uniform(1.5, 4.0))
        for name in order:
            await run.stack.wait_ready(name, 90)
        expected = await asyncio.to_thread(run_ledger.expect, SCENARIO_DAY, run, REPLAYED_UNTIL, until_us)
        assert expected.setup_events, "the scenario planted nothing before the end"
        await _settled(run, expected)
        problems = {
            "bars": run_ledger.bar_differences(expected, run),
            "boxes": run_ledger.row_differences(expected, run, "derived.boxes", "derived_boxes_latest"),
            "setups": run_ledger.row_differences(expected, run, "setups.events", "setups_events_latest"),
            "signals": run_ledger.row_differences(expected, run, "signals", "signals_latest"),
            "refusals": run_ledger.row_differences(expected, run, "signals.refusals", "signals_refusals_latest"),
            "messages": run_ledger.message_differences(expected, run),
        }
        restarts = {row.name: row.restarts for row in run.stack.status() if row.name in KILLED}
    assert all(restarts.values()), f"every process was killed and came back: {restarts}"
    assert not any(problems.values()), "\n".join(f"{kind}: {run_ledger.first(found)}" for kind, found in problems.items() if found)


async def _settled(run: DemoRun, expected: run_ledger.Expected) -> None:
    """Wait until market time is past the end plus the longest delay, and every expected message has arrived or time is up."""
    delay_us = round(run.layout.settings.tiers.free_delay_seconds * MICROSECONDS)
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS + max(0, expected.until_us - run.clock.now_us()) / 1e6 / SPEED
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(1.0)  # a poll of a condition, with a deadline
        if run.clock.now_us() < expected.until_us + delay_us + 30 * MICROSECONDS:
            continue
        try:
            left = await asyncio.to_thread(_outstanding, run, expected)
        except Retryable:  # the database may still be coming back
            continue
        if not left:
            return


def _outstanding(run: DemoRun, expected: run_ledger.Expected) -> bool:
    return bool(
        run_ledger.message_differences(expected, run)
        or run_ledger.row_differences(expected, run, "setups.events", "setups_events_latest")
        or run_ledger.bar_differences(expected, run)
    )
