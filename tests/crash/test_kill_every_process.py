"""Every process of the system dies at least once by SIGKILL in the middle of a run at speed; nothing of it can be seen afterwards.

A short form of `tapewire crash`: topics, rows, bars and messages are compared with what pandas and the undisturbed offline
replay make of the same prints. None lost, none twice, none wrong, none early.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.cli.crash_run import KINDS, CrashPlan, crash
from infra.cli.demo_settings import DemoPlan, plan_scenario

SYMBOLS = ("ACRX", "BNGO", "CTRM", "FRGT", "HOLO", "NVDA")
SPEED = 30.0
KILLS = len(KINDS)  # the plan's bag gives every process one turn before any has its second
MEAN_GAP_SECONDS = 3.0


def seeds() -> list[int]:
    """One seed in an ordinary run; ``CRASH_SEEDS=1,2,3`` runs several."""
    return [int(seed) for seed in os.environ.get("CRASH_SEEDS", "1").split(",")]


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds())
async def test_no_kill_leaves_a_trace(seed: int, tmp_path: Path) -> None:
    market = DemoPlan("scenario", SYMBOLS, plan_scenario(SPEED, seed=7).start_us, None, SPEED, seed=7)
    plan = CrashPlan(market, KILLS, seed, MEAN_GAP_SECONDS)
    result = await crash(plan, stack_name=f"crash-{seed}", folder=tmp_path, report=print)
    assert set(result.kills) == set(KINDS)
    assert set(result.recoveries.seconds) == set(KINDS), "every process came back to its work"
    for kind in ("bars", "derived.boxes", "views", "setups.events", "messages", "rows"):
        assert result.findings.checked[kind], f"the run was too short to say anything about {kind}"
    assert result.findings.clean, "\n".join(result.findings.texts[:20])
