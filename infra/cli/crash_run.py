"""One crash run: the whole system at speed, its processes killed at random, brought to rest, and audited."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.cli.crash_audit import audit
from infra.cli.crash_expected import expect
from infra.cli.crash_rest import bring_to_rest
from infra.cli.demo_run import DemoRun, running
from infra.cli.demo_settings import DemoPlan
from infra.clock import MICROSECONDS, monotonic_seconds
from infra.crash.findings import Findings
from infra.crash.kill_plan import KillPlan
from infra.crash.progress_watch import ProgressWatch
from infra.crash.recovery import WATCHED_GROUPS, WATCHED_TOPICS, WORK, Recoveries
from infra.settings import Settings

KINDS = tuple(WORK)
_LOOK_SECONDS = 0.5
_MOST_DOWN = 5
_LAST_RECOVERY_SECONDS = 180.0
_PATIENCE_REAL_SECONDS = 86_400.0  # ticks wait for a killed feed however long the machine needs to bring it back
_EXPIRY_SECONDS = 30 * 86_400  # at 60 times the clock an hour of market time is a minute: late is not lost
_FIRST_START_MINUTES = 150  # beyond the market's first print, however long the start took: the audit asks for all of it


@dataclass(frozen=True, slots=True)
class CrashPlan:
    """What a crash run plays and does.

    Attributes
    ----------
    kills
        How many processes die.
    mean_gap_seconds
        Real seconds between two kills, on average.
    kinds
        Which processes may die.
    """

    market: DemoPlan
    kills: int
    seed: int
    mean_gap_seconds: float
    kinds: tuple[str, ...] = KINDS


@dataclass(slots=True)
class CrashResult:
    """What a crash run showed."""

    plan: CrashPlan
    findings: Findings
    recoveries: Recoveries
    kills: Counter[str] = field(default_factory=Counter)
    second_blows: int = 0
    unasked_restarts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    killing_seconds: float = 0.0
    market_seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.findings.clean and sum(self.kills.values()) == self.plan.kills

    def as_document(self) -> dict[str, Any]:
        """Return what the command prints."""
        return {
            "ok": self.ok,
            "kills": dict(sorted(self.kills.items())),
            "kills_in_all": sum(self.kills.values()),
            "second_blows": self.second_blows,
            **self.findings.as_document(),
            "recovery_seconds": self.recoveries.as_document(),
            "unasked_restarts": self.unasked_restarts,
            "seed": self.plan.seed,
            "speed": self.plan.market.speed,
            "market_hours": round(self.market_seconds / 3_600, 2),
            "killing_seconds": round(self.killing_seconds),
            "seconds": round(self.seconds),
        }


def crash_settings(settings: Settings) -> Settings:
    """Return settings under which only exactness counts: nothing gives up waiting, no feed is bad because the machine is slow, no alert is held."""
    return settings.model_copy(
        update={
            "polygon": settings.polygon.model_copy(update={"first_start_minutes": _FIRST_START_MINUTES}),
            "ticks": settings.ticks.model_copy(
                # A heartbeat in the middle of the first start's tape may begin the ticks that far back: none may be left out then.
                update={
                    "feed_holdback_real_seconds": _PATIENCE_REAL_SECONDS, "tell_bad_feeds": False, "largest_gap_seconds": _FIRST_START_MINUTES * 60
                }
            ),
            "tiers": settings.tiers.model_copy(update={"expiry_seconds": _EXPIRY_SECONDS, "alerts_a_day_per_symbol": 0, "alerts_a_day": 0}),
        }
    )


async def crash(plan: CrashPlan, *, stack_name: str, report: Callable[[str], None], folder: Path | None = None) -> CrashResult:
    """Run, kill, let rest, audit; the stack is gone afterwards."""
    began = monotonic_seconds()
    async with running(plan.market, stack_name=stack_name, report=report, folder=folder, adjust=crash_settings) as run:
        recoveries = Recoveries(run.stack.is_up)
        result = CrashResult(plan, Findings(), recoveries)
        watch = ProgressWatch(run.layout.settings.kafka, WATCHED_TOPICS, WATCHED_GROUPS)
        watching = asyncio.create_task(_watch(watch, recoveries, report))
        try:
            killing = monotonic_seconds()
            await _kill(run, result, report)
            result.killing_seconds = monotonic_seconds() - killing
            await _all_back(result)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await asyncio.to_thread(watch.close)
        until_us = await bring_to_rest(run, result.findings, report)
        result.market_seconds = (until_us - plan.market.start_us) / MICROSECONDS
        restarts = {row.name: row.restarts for row in run.stack.status()}
        result.unasked_restarts = {kind: extra for kind in KINDS if (extra := restarts[kind] - result.kills[kind]) > 0}
        report("computing what must be there")
        expected = await asyncio.to_thread(expect, run.layout.settings, plan.market.symbols, until_us)
        found = await asyncio.to_thread(audit, run.layout, expected, report)
        _merge(result.findings, found)
        result.seconds = monotonic_seconds() - began
    return result


async def _watch(watch: ProgressWatch, recoveries: Recoveries, report: Callable[[str], None]) -> None:
    while True:
        asked_at = monotonic_seconds()
        view = await asyncio.to_thread(watch.look)
        now = monotonic_seconds()
        for name in recoveries.looked(view, asked_at, now):
            report(f"{name} is back after {recoveries.seconds[name][-1]:.1f} s")
        await asyncio.sleep(max(0.0, _LOOK_SECONDS - (monotonic_seconds() - asked_at)))


async def _kill(run: DemoRun, result: CrashResult, report: Callable[[str], None]) -> None:
    plan = KillPlan(result.plan.kinds, result.plan.kills, result.plan.mean_gap_seconds, result.plan.seed)
    recoveries = result.recoveries
    while plan.left:
        await asyncio.sleep(plan.next_gap())
        while (victim := _choose(plan, run, recoveries)) is None:  # noqa: ASYNC110 - processes, not tasks, are waited for
            await asyncio.sleep(_LOOK_SECONDS)
        again = victim in recoveries.pending
        run.stack.kill(victim)
        recoveries.killed(victim, monotonic_seconds())
        result.kills[victim] += 1
        result.second_blows += again
        report(f"kill {sum(result.kills.values())}: {victim}{' again' if again else ''}; down: {', '.join(recoveries.pending)}")


def _choose(plan: KillPlan, run: DemoRun, recoveries: Recoveries) -> str | None:
    pending = recoveries.pending
    if len(pending) >= _MOST_DOWN:
        return None
    alive = {row.name for row in run.stack.status() if row.pid is not None}
    standing = alive - set(pending)
    return plan.choose(standing, alive & set(pending))


async def _all_back(result: CrashResult) -> None:
    deadline = monotonic_seconds() + _LAST_RECOVERY_SECONDS
    while result.recoveries.pending and monotonic_seconds() < deadline:  # noqa: ASYNC110 - as above
        await asyncio.sleep(_LOOK_SECONDS)
    for name in result.recoveries.pending:
        result.findings.add("wrong", f"{name} did not come back to its work within {_LAST_RECOVERY_SECONDS:.0f} s of the last kill")


def _merge(into: Findings, other: Findings) -> None:
    for name in ("counts", "checked", "repeats", "superseded"):
        getattr(into, name).update(getattr(other, name))
    into.texts += other.texts
