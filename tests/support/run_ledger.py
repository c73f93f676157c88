"""What a run on the scenario must leave behind, computed offline, and what it did leave behind."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra.cli.demo_run import DemoRun
from infra.cli.demo_tape import pandas_bars
from infra.cli.replay import Replayed, play
from infra.vendorsim.scenario import Scenario
from schemas.ids import deterministic_id
from schemas.records import SetupEvent, Tier
from sinks.channels.discord import nonce_of
from sinks.distribution.tiers import alert_id, redact
from sinks.messages.render import render
from sinks.messages.wording import Edition

HOUSE = {Tier.PREMIUM: "house-premium", Tier.BASIC: "house-basic", Tier.FREE: "house-free"}


@dataclass(frozen=True, slots=True)
class Expected:
    """A run up to ``until_us`` of market time; the replay goes on beyond it."""

    replayed: Replayed
    until_us: int
    source: Scenario
    symbols: tuple[str, ...]

    @property
    def setup_events(self) -> list[SetupEvent]:
        return [event for event in self.replayed.of("setups.events") if event.ts_event <= self.until_us]


def expect(day: date, run: DemoRun, until: str, until_us: int) -> Expected:
    """Play the scenario offline with the run's own settings."""
    source = Scenario(day, run.plan.seed)
    symbols = tuple(run.plan.symbols)
    return Expected(play(source, run.layout.settings, symbols, until), until_us, source, symbols)


def bar_differences(expected: Expected, run: DemoRun) -> list[str]:
    """Compare stored bars that ended in time with pandas' bars of the generator's prints."""
    reference = pandas_bars(_Window(expected))
    lengths = {"S1": 1, "M1": 60, "M2": 120, "M5": 300, "M15": 900}
    rows = run.history().rows(
        "SELECT symbol, resolution, toUnixTimestamp64Micro(window_start), open, high, low, close, volume, trade_count, vwap"
        " FROM derived_bars_latest WHERE resolution IN ('S1', 'M1', 'M2', 'M5', 'M15')"
        f" AND toUnixTimestamp64Micro(window_end) <= {expected.until_us}"
    )
    found = {(row[0], row[1], int(row[2])): row[3:] for row in rows}
    problems = []
    for bar in reference.itertuples(index=False):
        start = bar.window_start.value // 1_000
        if bar.resolution not in lengths or start + lengths[bar.resolution] * 1_000_000 > expected.until_us:
            continue
        ours = found.pop((bar.symbol, bar.resolution, start), None)
        exact = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count)
        if ours is None or tuple(ours[:6]) != exact or abs(ours[6] / bar.vwap - 1) > 1e-9:
            problems.append(f"{bar.symbol} {bar.resolution} {bar.window_start}: expected {exact}, found {ours}")
    return problems + [f"nobody traded: {key}" for key in found]


class _Window:
    """The prints that a run saw, as `pandas_bars` reads them."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self.symbols = expected.symbols
        self.span_ms = (expected.source.span_ms[0], expected.until_us // 1_000)

    def symbol_events(self, symbol: str, start_ms: int, end_ms: int) -> Any:
        return self._expected.source.symbol_events(symbol, start_ms, end_ms)


def row_differences(expected: Expected, run: DemoRun, topic: str, table: str, moment: str = "ts_event") -> list[str]:
    """Compare a stored topic with the replay, record by record on their ids and states."""
    keys = {
        "derived.boxes": ("box_id", "state", "ts_event", "bar_count", "low", "high"),
        "setups.events": ("setup_id", "sequence", "state", "ts_event", "stop_price", "last_price"),
        "signals": ("signal_id", "strategy", "ts_event", "price"),
        "signals.refusals": ("refusal_id", "gate", "ts_event", "value"),
    }[topic]
    columns = ", ".join(f"toUnixTimestamp64Micro({key})" if key.startswith("ts_") else key for key in keys)
    rows = run.history().rows(f"SELECT {columns} FROM {table} WHERE toUnixTimestamp64Micro({moment}) <= {expected.until_us}")
    wanted = Counter(
        tuple(_plain(getattr(record, key)) for key in keys)
        for record in expected.replayed.of(topic)
        if record.ts_event <= expected.until_us
    )
    have = Counter(tuple(map(_plain, row)) for row in rows)
    return [f"missing: {row}" for row in (wanted - have).elements()] + [f"too many: {row}" for row in (have - wanted).elements()]


def inbox(run: DemoRun) -> list[dict[str, Any]]:
    """Return every message the fake Discord accepted."""
    port = run.layout.ports["simulator"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/discord/inbox", timeout=10) as answer:
        return list(json.loads(answer.read()))


def message_differences(expected: Expected, run: DemoRun) -> list[str]:
    """Compare what Discord holds with what each tier must have been told: once, in order, in its thread, never early."""
    settings = run.layout.settings
    channels = {
        Tier.PREMIUM: settings.discord.premium_channel_id,
        Tier.BASIC: settings.discord.basic_channel_id,
        Tier.FREE: settings.discord.free_channel_id,
    }
    delays = {Tier.PREMIUM: 0.0, Tier.BASIC: settings.tiers.basic_delay_seconds, Tier.FREE: settings.tiers.free_delay_seconds}
    found = inbox(run)
    by_nonce: dict[str, list[dict[str, Any]]] = {}
    for message in found:
        by_nonce.setdefault(str(message["nonce"]), []).append(message)
    problems: list[str] = []
    threads: dict[tuple[str, Tier], list[dict[str, Any]]] = {}
    for event in expected.setup_events:
        alerts = redact(event, event.ts_event, settings.tiers)
        for tier, alert in zip(HOUSE, (alerts.premium, alerts.basic, alerts.free), strict=True):
            if alert is None:
                continue
            delivery = delivery_id(alert_id(event.event_id, tier), HOUSE[tier])
            got = by_nonce.pop(nonce_of(delivery), [])
            what = f"{tier} {event.symbol} {event.setup_id} {event.sequence} {event.state}"
            if len(got) != 1:
                problems.append(f"{what}: expected one message, found {len(got)}")
                continue
            opens = (event.setup_id, tier) not in threads
            edition = Edition(delivery, opens, settings.stack.mode, settings.tiers.invitation_url)
            wanted = render(alert, edition)
            if got[0]["content"] != wanted.headline or got[0]["embeds"][0]["title"] != wanted.title or got[0]["channel"] != channels[tier]:
                problems.append(f"{what}: expected {wanted.headline!r}, found {got[0]}")
            sent_us = settings.clock.start_us + (got[0]["received_us"] - settings.clock.origin_us) * settings.clock.speed
            if sent_us < event.ts_event + delays[tier] * 1_000_000:
                problems.append(f"{what}: {(event.ts_event - sent_us) / 1e6 + delays[tier]} market seconds early")
            threads.setdefault((event.setup_id, tier), []).append(got[0])
    for key, messages in threads.items():
        opening, *updates = messages
        if any(update["thread"] != opening["message_id"] for update in updates):
            problems.append(f"{key}: a follow-up stands outside its thread")
        ids = [int(message["message_id"]) for message in messages]
        if ids != sorted(ids):
            problems.append(f"{key}: messages out of order")
    late = {event.event_id for event in expected.replayed.of("setups.events")} - {event.event_id for event in expected.setup_events}
    allowed = {nonce_of(delivery_id(alert_id(event, tier), HOUSE[tier])) for event in late for tier in HOUSE}
    problems += [f"nobody was to be told: {nonce} {got}" for nonce, got in by_nonce.items() if nonce not in allowed]
    return problems


def delivery_id(alert: str, subscriber: str) -> str:
    """Return the id of the delivery of an alert to a subscriber."""
    return deterministic_id("delivery", alert, subscriber)


def _plain(value: Any) -> Any:
    return str(value) if hasattr(value, "name") else value


def first(problems: Iterable[str], count: int = 5) -> str:
    """Return the first problems for an assertion's message."""
    listed = list(problems)
    return f"{len(listed)} differences\n" + "\n".join(listed[:count])
