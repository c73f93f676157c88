"""The whole system as a user runs it: a market day from the simulated vendor to Discord threads, pages, SQL and commands."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from infra.cli.crash_messages import inbox
from infra.cli.demo_milestones import MILESTONES, read_lateness
from infra.cli.demo_run import DemoRun, page_answers, running
from infra.cli.demo_settings import DemoPlan, plan_scenario
from infra.local.paths import stack_dir
from schemas.records import BasicAlert, FreeAlert
from sinks.distribution.redaction_linter import violations_of_basic, violations_of_free

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SYMBOLS = ("ACRX", "BNGO", "CTRM", "FRGT", "HOLO", "NVDA")
SPEED = 40.0
STACK = "e2e"
PATIENCE_SECONDS = 240.0


@pytest.mark.e2e
@pytest.mark.timeout(480)
async def test_a_market_day_reaches_every_tier_and_every_reader(tmp_path: Path) -> None:
    """OPS-21, DIS-01..07, DIS-16, DIS-17, BOX-12, BOX-13, DSH-01."""
    plan = DemoPlan("scenario", SYMBOLS, plan_scenario(SPEED, seed=7).start_us, None, SPEED, seed=7)
    place = stack_dir(STACK)  # where the commands look for it
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(tmp_path / "stack")
    async with running(plan, stack_name=STACK, folder=tmp_path / "stack") as run:
        while not all(name in run.milestones for name in MILESTONES):
            assert run.elapsed < PATIENCE_SECONDS, f"reached only {run.milestones}"
            await asyncio.sleep(0.25)  # a poll of a condition, with a deadline
            await run.poll()
        assert await page_answers(run)
        lateness = read_lateness(run.history())
        assert {tier for tier, found in lateness.items() if found.messages and not found.early} == {"PREMIUM", "BASIC", "FREE"}
        await asyncio.to_thread(_messages_are_redacted, run)
        await asyncio.to_thread(_a_thread_tells_a_whole_setup, run)
        await asyncio.to_thread(_documented_commands_work, run)
        if CHROMIUM.exists():
            await asyncio.to_thread(_pages_show_the_run, run, tmp_path)
        assert sum(row.restarts for row in run.stack.status()) == 0
    place.unlink()
    assert _answer(run, "/discord/inbox") is None, "the stack left its simulator behind"


def _answer(run: DemoRun, path: str) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{run.layout.ports['simulator']}{path}", timeout=10) as answer:
            return json.loads(answer.read())
    except OSError:
        return None


def _messages_are_redacted(run: DemoRun) -> None:
    """DIS-03, DIS-06, DIS-07 on what Discord really holds."""
    settings = run.layout.settings
    alerts: dict[str, dict[str, Any]] = {}
    for record_type, tier in ((BasicAlert, "basic"), (FreeAlert, "free")):
        rows = run.history().rows(f"SELECT alert_id, symbol{', trigger_price, entry_price' if tier == 'basic' else ''} FROM distribution_{tier}")
        alerts[tier] = {row[0]: (record_type, row) for row in rows}
    receipts = {row[0]: row for row in run.history().rows("SELECT message_id, tier, alert_id FROM distribution_receipts_latest")}
    seen = {"BASIC": 0, "FREE": 0}
    for message in inbox(run.layout.ports["simulator"]):
        receipt = receipts.get(message["message_id"])
        if receipt is None or receipt[1] not in seen or receipt[2] not in alerts[receipt[1].lower()]:
            continue
        _, row = alerts[receipt[1].lower()][receipt[2]]
        embed = message["embeds"][0]
        fields = [f"{field['name']}\n{field['value']}" for field in embed.get("fields", ())]
        text = "\n".join([message["content"], embed["title"], embed.get("description", ""), *fields, embed["footer"]["text"]])
        seen[receipt[1]] += 1
        if receipt[1] == "FREE":
            assert violations_of_free(text, _Named(row[1]), settings.tiers.invitation_url) == [], text  # type: ignore[arg-type]
        else:
            assert violations_of_basic(text, _Named(*row[1:]), settings.tiers.invitation_url) == [], text  # type: ignore[arg-type]
    assert all(seen.values()), f"messages of both tiers were looked at: {seen}"


class _Named:
    """What the linter must know of an alert."""

    def __init__(self, symbol: str, trigger_price: float = 0.0, entry_price: float | None = None) -> None:
        self.symbol, self.trigger_price, self.entry_price = symbol, trigger_price, entry_price


def _a_thread_tells_a_whole_setup(run: DemoRun) -> None:
    """BOX-12, BOX-13: a quiet heads-up opens the thread, PRIMED, trigger and resolution are replies in it."""
    assert run.progress is not None
    setup = run.progress.complete_threads[0]
    rows = run.history().rows(
        "SELECT receipt.message_id, event.state FROM distribution_receipts_latest AS receipt"
        " INNER JOIN setups_events_latest AS event ON event.setup_id = receipt.setup_id AND event.sequence = receipt.sequence"
        f" WHERE receipt.setup_id = '{setup}' AND receipt.tier = 'PREMIUM' ORDER BY receipt.sequence"
    )
    arrived = {message["message_id"]: message for message in inbox(run.layout.ports["simulator"])}
    opening, *updates = [arrived[row[0]] for row in rows]
    assert rows[0][1] == "ARMED" and rows[-1][1] == "RESOLVED"
    assert opening["silent"] and opening["thread"] is None
    assert all(update["thread"] == opening["message_id"] for update in updates)


def _documented_commands_work(run: DemoRun) -> None:
    """The commands of the documents that need a stack."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TAPEWIRE_")}
    for line in (run.layout.folder / "environment").read_text().splitlines():
        name, _, value = line.partition("=")
        environment[name] = shlex.split(value)[0] if value else ""
    expected = {
        f"status --stack {STACK}": "dashboard",
        f"status --stack {STACK} --json": '"is_ready": true',
        f"logs market --stack {STACK} -n 5": "",
        "topics diff": "",
        "topics apply": "topics as the catalogue says",
        "clickhouse migrate": "0 of them applied",
        "subscribers set alice --channel discord --address 1234 --tier basic": "alice",
        "subscribers list": "alice",
        "units": "stage.market",
        "config show": "TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS",
        "schemas check": "",
    }
    for arguments, words in expected.items():
        command = [sys.executable, "-m", "infra.cli.main", *shlex.split(arguments)]
        done = subprocess.run(command, env={**environment, "COLUMNS": "200"}, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        assert words in done.stdout, f"{arguments}: expected {words!r}, found {done.stdout}"


def _pages_show_the_run(run: DemoRun, folder: Path) -> None:
    """DSH-01: the four pages of a running system, in a browser."""
    from playwright.sync_api import sync_playwright

    expected = {"": "Armed", "symbol": "1m", "deliveries": "premium", "health": "feed.polygon"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            for name, words in expected.items():
                page.goto(f"{run.layout.urls['dashboard']}/{name}", wait_until="domcontentloaded")
                page.get_by_text(words, exact=False).first.wait_for(timeout=60_000)
                page.wait_for_function("() => !document.querySelector('[data-testid=\"stStatusWidget\"] img')", timeout=60_000)
                page.screenshot(path=str(folder / f"{name or 'live'}.png"))
                text = page.inner_text("body")
                assert "Traceback" not in text and "History is away" not in text, text
        finally:
            browser.close()
