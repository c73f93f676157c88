"""What users see of a running system: Discord messages and threads, pages in a browser, and the documented commands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.cli.crash_messages import inbox
from infra.cli.demo_run import DemoRun
from infra.local.stack_environment import FILE_NAME, variables_in
from schemas.records import BasicAlert, FreeAlert
from sinks.distribution.redaction_linter import violations_of_basic, violations_of_free


def messages_are_redacted(run: DemoRun) -> None:
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


def a_thread_tells_a_whole_setup(run: DemoRun) -> None:
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


def while_it_runs(stack: str) -> dict[str, str]:
    """Return the commands that look at running processes, with words of their answers."""
    return {
        f"status --stack {stack}": "dashboard",
        f"status --stack {stack} --json": '"is_ready": true',
        f"logs market --stack {stack} -n 5": "",
    }


AT_ANY_TIME = {
    "topics diff": "",
    "topics apply": "topics as the catalogue says",
    "clickhouse migrate": "0 of them applied",
    "subscribers set alice --channel discord --address 1234 --tier basic": "alice",
    "subscribers list": "alice",
    "units": "stage.market",
    "config show": "TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS",
}
"""Commands of the documents that need servers, with words of their answers."""


def documented_commands_work(run: DemoRun, expected: Mapping[str, str]) -> None:
    """Run commands as a user would, each in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TAPEWIRE_")}
    environment |= variables_in(run.layout.folder / FILE_NAME)
    for arguments, words in expected.items():
        command = [sys.executable, "-m", "infra.cli.main", *shlex.split(arguments)]
        done = subprocess.run(command, env={**environment, "COLUMNS": "200"}, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        assert words in done.stdout, f"{arguments}: expected {words!r}, found {done.stdout}"


def pages_show_the_run(run: DemoRun, chromium: Path, folder: Path) -> None:
    """DSH-01: the four pages of a running system, in a browser."""
    from playwright.sync_api import sync_playwright

    expected = {"": "Armed", "symbol": "1m", "deliveries": "premium", "health": "feed.polygon"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
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
