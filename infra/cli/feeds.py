"""`tapewire feeds`: how every feed is; `tapewire feeds plan`: what a REST catalogue asks for on a day, and whether that fits the budget."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from infra.cli import feed_wishes, feeds_drift
from infra.cli.feed_report import read_signs, report
from infra.cli.feed_table import feed_table, notes
from infra.clock import MICROSECONDS, SystemClock
from infra.errors import ConfigurationError
from infra.market_calendar import new_york, trading_day
from infra.plugins import load_all
from infra.settings import clock_of, load
from infra.unit import registered

if TYPE_CHECKING:
    from producers.rest_catalog.endpoint import Endpoint, Phase
    from producers.rest_catalog.planner import Plan

_BAR_CELLS = 40


def register(app: typer.Typer) -> None:
    feeds = typer.Typer(help="What comes from the vendors, and what is asked of them.")
    app.add_typer(feeds, name="feeds")
    feeds_drift.add_to(feeds)
    feed_wishes.add_to(feeds)

    @feeds.callback(invoke_without_command=True)
    def status(
        context: typer.Context,
        only: str = typer.Option("", help="Feeds that must be healthy, with commas; all that are switched on by default."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Show every feed with its age, lag, gaps, budget and faults, e.g. `tapewire feeds`; exits 1 unless all that are on are healthy."""
        if context.invoked_subcommand is None and not _show_status(tuple(one.strip() for one in only.split(",") if one.strip()), as_json):
            raise typer.Exit(1)

    @feeds.command()
    def plan(
        file: str = typer.Argument("", metavar="[FILE]", help="Catalogue; Unusual Whales' by default."),
        day: str = typer.Option("", help="New York date such as 2026-11-20; the busiest of the next week by default."),
        symbols: str = typer.Option("", help="Symbols for entries that ask for `watched`, with commas; those of the settings by default."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Show the day of a REST catalogue as a table and a timeline, e.g. `tapewire feeds plan`; exits 1 if it does not fit."""
        from producers.rest_catalog.catalog_file import busiest_day
        from producers.rest_catalog.loader import load as load_catalog
        from producers.rest_catalog.planner import plan_day, prove
        from producers.rest_catalog.unusual_whales import CATALOG

        settings = load()
        watched = tuple(one.strip() for one in symbols.split(",") if one.strip()) or settings.unusual_whales.symbols
        catalog = load_catalog(Path(file or settings.unusual_whales.catalog_path or CATALOG), watched)
        today = trading_day(clock_of(settings).now_us())
        chosen = _day(day) if day else busiest_day(catalog, [today + timedelta(days=days) for days in range(8)])
        refusal = None
        try:
            found = prove(catalog, chosen)
        except ConfigurationError as error:
            found, refusal = plan_day(catalog, chosen), str(error)
        if as_json:
            print(json.dumps(as_plain(found, refusal)))
        else:
            show(found, Console())
            print(refusal or "fits the budget")
        if refusal is not None:
            raise typer.Exit(1)


def _show_status(only: tuple[str, ...], as_json: bool) -> bool:
    """Print every feed, and tell whether all that must be are healthy."""
    from processors.reference.economic_schedule import ending_in_words, load_schedule, series_ending
    from producers.switched_off import switched_off  # vendors' clients: not for every command

    load_all("producers")
    known = [name for name, unit in registered().items() if unit.kind == "feed"]
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise ConfigurationError(f"--only: expected feeds out of {', '.join(known)}, found {', '.join(unknown)}")
    settings = load()
    now_seconds = SystemClock().now_us() / MICROSECONDS
    lines = report(known, read_signs(settings), now_seconds, settings.dashboard.feed_age_limit_seconds, asyncio.run(switched_off(settings)))
    if as_json:
        print(json.dumps([asdict(line) for line in lines]))
    else:
        console = Console()
        console.print(feed_table(lines, console.width))
        for note in notes(lines):
            console.print(note)
        today = trading_day(clock_of(settings).now_us())
        if said := ending_in_words(series_ending(load_schedule(), today, settings.macro.schedule_warn_days)):
            console.print(f"stage.reference: {said}", highlight=False)
    judged = [line for line in lines if (line.feed in only if only else line.required)]
    return bool(judged) and all(line.healthy and line.required for line in judged)


def show(plan: Plan, console: Console) -> None:
    """Print the day: a table of the endpoints, a timeline of its half hours, and what the budget makes of it."""
    from producers.rest_catalog.endpoint import Phase

    budget = plan.catalog.vendor.budget
    table = Table("endpoint", "every", "priority", title=f"{plan.catalog.name} on {plan.day:%A %d %B %Y}", title_justify="left")
    for name in ("pre", "regular", "after", "other", "requests", "busiest min", "of budget", "cost $"):
        table.add_column(name, justify="right")
    for one in plan.endpoints:
        calls = [one.calls[phase] for phase in (Phase.PRE, Phase.REGULAR, Phase.AFTER)]
        other = one.calls[Phase.NIGHT] + one.calls[Phase.WEEKEND]
        counts = [f"{count:,}" if count else "–" for count in (*calls, other, one.requests, one.busiest_minute)]
        share = f"{one.busiest_minute / budget.stop_at:.0%}" if one.busiest_minute else "–"
        table.add_row(one.endpoint.id, cadence(one.endpoint), one.endpoint.priority, *counts, share, f"{one.cost:,.2f}" if one.cost else "–")
    console.print(table)
    console.print("calls a minute, by half hour, New York time")
    for half_hour in plan.half_hours:
        filled = min(_BAR_CELLS, round(half_hour.busiest_minute / budget.stop_at * _BAR_CELLS))
        numbers = f"{half_hour.requests / 30:6.1f} mean {half_hour.busiest_minute:4} most"
        console.print(f"{new_york(half_hour.start_us):%H:%M} {'█' * filled:<{_BAR_CELLS}} {numbers}", highlight=False)
    shares = {priority: getattr(budget.shares, priority, None) for priority in plan.busiest_by_priority}
    by_priority = ", ".join(
        f"{priority} {calls}" + ("" if shares[priority] is None else f" of {shares[priority]}")
        for priority, calls in plan.busiest_by_priority.items()
    )
    console.print(f"{plan.calls:,} calls, with all pages {plan.requests:,} requests, ${plan.cost:,.2f} a day", highlight=False)
    console.print(f"busiest minute {plan.busiest_minute} of {budget.stop_at}: {by_priority}", highlight=False)


def cadence(endpoint: Endpoint) -> str:
    """Return how often an entry is called in regular hours, e.g. ``60 s``; for a daily one when."""
    from producers.rest_catalog.endpoint import DAY_SECONDS, seconds_of

    if not endpoint.enabled:
        return "disabled"
    seconds = seconds_of(endpoint.cadence.regular)
    if seconds is None:
        return "off"
    if seconds >= DAY_SECONDS:
        return f"{endpoint.at:%H:%M}"
    return next(f"{seconds // size} {unit}" for size, unit in ((3_600, "h"), (60, "min"), (1, "s")) if seconds % size == 0)


def as_plain(plan: Plan, refusal: str | None) -> dict[str, object]:
    """Return a plan for machines."""

    def calls(of: dict[Phase, int]) -> dict[str, int]:
        return {phase.value: count for phase, count in of.items()}

    return {
        "file": plan.catalog.name, "day": plan.day.isoformat(), "fits": refusal is None, "problem": refusal, "calls": plan.calls,
        "requests": plan.requests, "busiest_minute": plan.busiest_minute, "cost_dollars": str(plan.cost),
        "busiest_by_priority": {priority.value: count for priority, count in plan.busiest_by_priority.items()},
        "endpoints": [
            {"id": one.endpoint.id, "priority": one.endpoint.priority.value, "calls": calls(dict(one.calls)), "requests": one.requests,
             "busiest_minute": one.busiest_minute, "cost_dollars": str(one.cost)}
            for one in plan.endpoints
        ],
        "half_hours": [{"start_us": one.start_us, "requests": one.requests, "busiest_minute": one.busiest_minute} for one in plan.half_hours],
    }  # fmt: skip


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 a date has no zone
    except ValueError as error:
        raise ConfigurationError(f"expected a date such as 2026-11-20, found {text}") from error
