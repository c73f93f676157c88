"""The whole system on a market day: as its users see it, as its operators see it, and when its processes stop in order.

One run for all of it: a system's start and its market minutes are most of what such a test costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from infra.cli.crash_audit import audit
from infra.cli.crash_expected import expect
from infra.cli.crash_rest import bring_to_rest
from infra.cli.crash_run import crash_settings
from infra.cli.demo_milestones import MILESTONES, read_lateness
from infra.cli.demo_run import DemoRun, page_answers, running
from infra.cli.demo_settings import DemoPlan, plan_scenario
from infra.crash.findings import Findings
from infra.local.paths import stack_dir
from infra.local.processes import GROUPS
from infra.settings import Settings, TracingSettings
from infra.vendorsim.otlp_collector import collecting
from tests.support.seen_by_operators import a_trace_goes_from_frame_to_message, every_log_line_is_an_event, every_metric_is_told, stops_in_order
from tests.support.seen_by_users import (
    AT_ANY_TIME,
    a_thread_tells_a_whole_setup,
    documented_commands_work,
    messages_are_redacted,
    pages_show_the_run,
    while_it_runs,
)

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SYMBOLS = ("ACRX", "BNGO", "CTRM", "FRGT", "HOLO", "NVDA")
SPEED = 40.0
STACK = "e2e"
PATIENCE_SECONDS = 240.0


@pytest.mark.e2e
@pytest.mark.timeout(600)
async def test_a_market_day_reaches_every_tier_and_every_reader_and_a_stop_leaves_no_trace(tmp_path: Path) -> None:
    """OPS-04, OPS-05, OPS-07, OPS-09, OPS-12, OPS-21, OPS-26, API-16, DIS-01..07, DIS-16, DIS-17, BOX-12, BOX-13, DSH-01, ING-27, IBK-11."""
    plan = DemoPlan("scenario", SYMBOLS, plan_scenario(SPEED, seed=7).start_us, None, SPEED, seed=7)
    place = stack_dir(STACK)  # where the commands look for it
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(tmp_path / "stack")
    with collecting() as collector:

        def adjust(settings: Settings) -> Settings:
            tracing = TracingSettings(ratio=1.0, endpoint=collector.endpoint)
            return crash_settings(settings).model_copy(update={"tracing": tracing})

        async with running(plan, stack_name=STACK, folder=tmp_path / "stack", adjust=adjust) as run:
            while not set(MILESTONES) <= set(run.milestones):
                assert run.elapsed < PATIENCE_SECONDS, f"reached only {run.milestones}"
                await asyncio.sleep(0.25)  # a poll of a condition, with a deadline
                await run.poll()
            assert await page_answers(run)
            await asyncio.to_thread(documented_commands_work, run, while_it_runs(STACK))
            await asyncio.to_thread(every_metric_is_told, run)
            await a_trace_goes_from_frame_to_message(collector)
            assert sum(row.restarts for row in run.stack.status()) == 0
            names = list(GROUPS)
            for together in (names[::2], names[1::2]):
                await asyncio.gather(*(stops_in_order(run, name) for name in together))
            await _nothing_is_lost_or_there_twice(run)
            await _users_see_it(run, tmp_path)  # at rest: a day at speed leaves commands and pages little of the machine
            assert {status.name: status.restarts for status in run.stack.status() if status.restarts} == dict.fromkeys(GROUPS, 1)
    place.unlink()
    assert {status.name: status.last_exit_code for status in run.stack.status() if status.name in GROUPS} == dict.fromkeys(GROUPS, 0)
    every_log_line_is_an_event(run)
    assert _answer(run, "/discord/inbox") is None, "the stack left its simulator behind"


async def _users_see_it(run: DemoRun, folder: Path) -> None:
    lateness = read_lateness(run.history())
    assert {tier for tier, found in lateness.items() if found.messages and not found.early} == {"PREMIUM", "BASIC", "FREE"}
    await asyncio.to_thread(messages_are_redacted, run)
    await asyncio.to_thread(a_thread_tells_a_whole_setup, run)
    await asyncio.to_thread(documented_commands_work, run, AT_ANY_TIME)
    if CHROMIUM.exists():
        await asyncio.to_thread(pages_show_the_run, run, CHROMIUM, folder)


async def _nothing_is_lost_or_there_twice(run: DemoRun) -> None:
    findings = Findings()
    until_us = await bring_to_rest(run, findings, print)
    expected = await asyncio.to_thread(expect, run.layout.settings, SYMBOLS, until_us)
    found = await asyncio.to_thread(audit, run.layout, expected, print, fold_again=False)  # tests/crash does
    assert findings.clean and found.clean, "\n".join([*findings.texts, *found.texts][:20])
    assert all(found.checked[kind] for kind in ("bars", "views", "setups.events", "messages", "rows"))
    assert not found.repeats, f"a stop in order repeats nothing: {found.repeats}"


def _answer(run: DemoRun, path: str) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{run.layout.ports['simulator']}{path}", timeout=10) as answer:
            return json.loads(answer.read())
    except OSError:
        return None
