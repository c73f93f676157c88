"""One run of the whole system on simulated vendors: starts it, watches what it reaches, ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.cli.demo_milestones import MILESTONES, Progress, read_lateness, read_progress
from infra.cli.demo_settings import DemoPlan, demo_settings
from infra.clickhouse.client import ClickHouse
from infra.clock import Clock, monotonic_seconds
from infra.errors import Fatal, Retryable
from infra.local.artifacts import ArtifactStore
from infra.local.paths import stack_dir, workspace
from infra.local.process_spec import read_status
from infra.local.processes import product_stack
from infra.local.stack_layout import HEALTH, StackLayout, lay_out
from infra.local.supervisor import Stack
from infra.settings import Settings, clock_of

POLL_SECONDS = 0.25
_LAST_MESSAGES = "SELECT tier, argMax(headline, ts_sent) FROM distribution_receipts_latest GROUP BY tier"
_LAST_EVENTS = """
SELECT formatDateTime(ts_event, '%H:%i:%S', 'America/New_York'), symbol, side, state, ifNull(toString(outcome), ''), reasons
FROM setups_events_latest ORDER BY ts_event DESC, event_id LIMIT 8
"""


@dataclass(slots=True)
class DemoRun:
    """A running demo; times are real seconds since the demo was asked for."""

    plan: DemoPlan
    layout: StackLayout
    stack: Stack
    clock: Clock
    began: float
    milestones: dict[str, float] = field(default_factory=dict)
    progress: Progress | None = None
    _history: ClickHouse | None = None

    @property
    def elapsed(self) -> float:
        return monotonic_seconds() - self.began

    def history(self) -> ClickHouse:
        """Return a client on the stack's database; raises `Retryable` while it does not answer."""
        if self._history is None:
            self._history = ClickHouse.connect(self.layout.settings.clickhouse)
        return self._history

    async def poll(self) -> None:
        """Read from ClickHouse how far the run is and note the moment of each milestone that is new."""
        try:
            self.progress = await asyncio.to_thread(lambda: read_progress(self.history()))
        except Retryable:
            return  # the database may be restarting; the next poll tells
        for name, reached in self.progress.reached().items():
            if reached and name not in self.milestones:
                self.milestones[name] = round(self.elapsed, 1)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, none while the database does not answer."""
        try:
            return await asyncio.to_thread(lambda: self.history().rows(query))
        except Retryable:
            return []

    async def last_messages(self) -> dict[str, str]:
        return {str(tier): str(headline) for tier, headline in await self.rows(_LAST_MESSAGES)}

    async def last_events(self) -> list[str]:
        lines = []
        for moment, symbol, side, state, outcome, reasons in await self.rows(_LAST_EVENTS):
            arrow = "▲" if side == "LONG" else "▼"
            why = reasons[0] if reasons else ""
            lines.append(f"{moment}  {arrow} {symbol:<6} {state.lower():<9}{outcome.lower():<12} {why}")
        return lines

    def rates(self, previous: dict[str, int], seconds: float) -> tuple[dict[str, float], dict[str, int]]:
        """Return records a second of each process since ``previous``, and the new totals."""
        totals = {}
        for name in HEALTH:
            status = read_status(self.layout.ports[name])
            if status is not None:
                totals[name] = sum(unit["records_in"] + unit["records_out"] for unit in status.values() if isinstance(unit, dict))
        return {name: max(0, total - previous.get(name, 0)) / seconds for name, total in totals.items()}, totals

    def summary(self) -> dict[str, Any]:
        """Return what `--check` prints."""
        reached = {f"{name}_seconds": self.milestones.get(name) for name in MILESTONES}
        lateness = {}
        with contextlib.suppress(Retryable):
            lateness = {
                tier.lower(): {
                    "messages": found.messages,
                    "early": found.early,
                    "p99_real_ms": round(found.p99_market_ms / self.plan.speed, 1),
                }
                for tier, found in read_lateness(self.history()).items()
            }
        return {
            "install_seconds": _install_seconds(),
            "stack_up_seconds": self.milestones.get("stack_up"),
            **reached,
            "peak_memory_mb": round(self.stack.peak_memory_bytes / 1e6),
            "lateness": lateness,
            "restarts": sum(row.restarts for row in self.stack.status()),
        }


@asynccontextmanager
async def running(
    plan: DemoPlan,
    *,
    stack_name: str,
    dashboard: bool = True,
    report: Callable[[str], None] | None = None,
    folder: Path | None = None,
    adjust: Callable[[Settings], Settings] = lambda settings: settings,
) -> AsyncIterator[DemoRun]:
    """Run the whole system on a fresh stack while the context lasts; nothing is left behind but its folder.

    Parameters
    ----------
    adjust
        Changes the plan's settings before the stack is laid out.
    """
    began = monotonic_seconds()
    await asyncio.to_thread(ArtifactStore().ensure)
    folder = folder or stack_dir(stack_name)
    _forget(folder, stack_name)
    layout = lay_out(stack_name, adjust(demo_settings(plan)), simulate=True, folder=folder)
    stack = product_stack(layout, simulate=True, dashboard=dashboard)
    run = DemoRun(plan, layout, stack, clock_of(layout.settings), began)
    try:
        await stack.start(report)
        run.milestones["stack_up"] = round(run.elapsed, 1)
        yield run
    finally:
        await asyncio.shield(stack.stop())


async def page_answers(run: DemoRun) -> bool:
    """Tell whether the dashboard serves its page."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(run.layout.urls["dashboard"], timeout=5) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200 and b"<html" in answer.read().lower())
        except OSError:
            return False

    return await asyncio.to_thread(ask)


def _forget(folder: Path, stack_name: str) -> None:
    """Delete the last run's data: market time starts again, and ticks never go back."""
    from infra.local.process_table import ProcessTable
    from infra.local.stack_state import SupervisorLock

    if SupervisorLock(folder / "supervisor.lock").is_held():
        raise Fatal(f"stack {stack_name} is already up\n  remedy: tapewire down --stack {stack_name}")
    if folder.exists():
        ProcessTable(folder / "processes.json").sweep()
        shutil.rmtree(folder)


def _install_seconds() -> float | None:
    """Return how long the last installation took, as the bootstrap noted it."""
    try:
        return float(json.loads((workspace() / "install.json").read_text())["seconds"])
    except (OSError, ValueError, KeyError):
        return None
