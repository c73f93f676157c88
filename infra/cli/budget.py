"""`tapewire budget show | set | reset`: how many setups a day may be told, changed while the system runs (BOX-11)."""

from __future__ import annotations

import json
from collections.abc import Iterable

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.number_formats import exchange_moment
from infra.settings import Settings, clock_of, load
from schemas.record import Record
from schemas.records import AlertBudget, BudgetScope, HeldAlert, PremiumAlert
from sinks.distribution.alert_counts import BUDGETS, HELD, AlertCounts, day_of, limits_of

_BY = "tapewire budget"
_PREMIUM = "distribution.premium"
_SCOPE = typer.Argument(..., help="symbol: each symbol by itself; all: all symbols together.")
_TAIL_RECORDS = 20_000


def register(app: typer.Typer) -> None:
    budget = typer.Typer(help="How many setups a day subscribers are told of.", no_args_is_help=True)
    app.add_typer(budget, name="budget")

    @budget.command()
    def show(as_json: bool = typer.Option(False, "--json", help="Print for machines.")) -> None:
        """Show the budgets in force, and what was told and held today, e.g. `tapewire budget show`."""
        settings = load()
        wishes, counts = _wishes(settings), _counts(settings)
        for wish in wishes.values():
            counts.adjust(wish)
        told, held = counts.of_day(day_of(clock_of(settings).now_us()))
        if as_json:
            limits = {scope.value.lower(): limit for scope, limit in counts.limits.items()}
            print(json.dumps({"limits": limits, "wishes": [wish.as_avro() for wish in wishes.values()], "told": told, "held": held}))
            return
        table = Table("budget", "setups a day", "since")
        for scope, limit in counts.limits.items():
            asked = wishes.get(scope)
            since = "settings" if asked is None or asked.alerts_a_day is None else f"{exchange_moment(asked.ts_event)}, {asked.asked_by}"
            table.add_row(scope.value.lower(), str(limit) if limit else "any number", since)
        console = Console()
        console.print(table)
        console.print(f"today: {told} told, {held} held", highlight=False)

    @budget.command("set")
    def set_budget(
        scope: str = _SCOPE, alerts_a_day: int = typer.Argument(..., min=0, help="Setups a New York day, from 20:00 on; 0: any number.")
    ) -> None:
        """Set a budget; it holds within a second, also after a restart, e.g. `tapewire budget set symbol 3`."""
        _put(scope, alerts_a_day)

    @budget.command()
    def reset(scope: str = _SCOPE) -> None:
        """Let the settings say again, e.g. `tapewire budget reset all`."""
        _put(scope, None)


def _wishes(settings: Settings) -> dict[BudgetScope, AlertBudget]:
    return {record.scope: record for record in _records(settings, BUDGETS, None) if isinstance(record, AlertBudget)}


def _counts(settings: Settings) -> AlertCounts:
    counts = AlertCounts(limits_of(settings.tiers))
    for record in (*_records(settings, HELD, _TAIL_RECORDS), *_records(settings, _PREMIUM, _TAIL_RECORDS)):
        if isinstance(record, HeldAlert):
            counts.was_held(record)
        elif isinstance(record, PremiumAlert):
            counts.was_told(record)
    return counts


def _records(settings: Settings, topic: str, tail: int | None) -> Iterable[Record]:
    follower = TopicFollower(settings.kafka, CodecSet.from_registry(settings.registry, [topic]), topic, tail=tail)
    try:
        return follower.catch_up()
    finally:
        follower.close()


def _put(scope: str, alerts_a_day: int | None) -> None:
    settings = load()
    if scope.upper() not in BudgetScope.__members__:
        raise ConfigurationError(f"expected symbol or all, found {scope}")
    wish = AlertBudget(scope=BudgetScope[scope.upper()], alerts_a_day=alerts_a_day, ts_event=clock_of(settings).now_us(), asked_by=_BY)
    producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, [BUDGETS]), client_id=_BY)
    try:
        producer.send(BUDGETS, wish)
        producer.flush()
    finally:
        producer.close()
    told = "as the settings say" if alerts_a_day is None else str(alerts_a_day) if alerts_a_day else "any number"
    print(f"{scope.lower()}: {told}")
