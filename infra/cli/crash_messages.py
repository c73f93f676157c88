"""Compares Discord's inbox with what each tier must have been told: everything once, in order, in its thread, never early."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.crash.findings import Findings
from infra.settings import Settings
from schemas.ids import deterministic_id
from schemas.records import BasicAlert, FreeAlert, PremiumAlert, SetupEvent, Tier
from sinks.channels.discord import nonce_of
from sinks.distribution.entitlements import house_subscriptions
from sinks.distribution.tiers import redact
from sinks.messages.render import render
from sinks.messages.wording import Edition

_ANSWER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Promise:
    """One message that a tier's house channel must hold."""

    event: SetupEvent
    tier: Tier
    alert: PremiumAlert | BasicAlert | FreeAlert
    delivery_id: str
    address: str

    def __str__(self) -> str:
        return f"message {self.tier} {self.event.symbol} {self.event.setup_id} {self.event.sequence} {self.event.state}"


def promises(events: Sequence[SetupEvent], settings: Settings) -> Iterator[Promise]:
    """Yield what must be told of ``events``, each setup's in order."""
    house = {subscription.tier: subscription for subscription in house_subscriptions(settings.discord)}
    for event in events:
        alerts = redact(event, event.ts_event, settings.tiers)
        for tier, alert in ((Tier.PREMIUM, alerts.premium), (Tier.BASIC, alerts.basic), (Tier.FREE, alerts.free)):
            if alert is not None and tier in house:
                delivery_id = deterministic_id("delivery", alert.alert_id, house[tier].subscriber_id)
                yield Promise(event, tier, alert, delivery_id, house[tier].address)


def inbox(simulator_port: int) -> list[dict[str, Any]]:
    """Return every message the fake Discord accepted."""
    with urllib.request.urlopen(f"http://127.0.0.1:{simulator_port}/discord/inbox", timeout=_ANSWER_SECONDS) as answer:
        return list(json.loads(answer.read()))


def audit_messages(found: Sequence[Mapping[str, Any]], events: Sequence[SetupEvent], settings: Settings, findings: Findings) -> None:
    """Note what is missing, doubled, early, different, out of order, or was never promised."""
    by_nonce: dict[str, list[Mapping[str, Any]]] = {}
    for message in found:
        by_nonce.setdefault(str(message["nonce"]), []).append(message)
    threads: dict[tuple[str, Tier], list[Mapping[str, Any]]] = {}
    for promise in promises(events, settings):
        findings.checked["messages"] += 1
        got = by_nonce.pop(nonce_of(promise.delivery_id), [])
        if not got:
            findings.add("lost", f"{promise} is missing")
            continue
        if len(got) > 1:
            findings.add("duplicate", f"{promise}: {len(got)} of it", len(got) - 1)
        thread = threads.setdefault((promise.event.setup_id, promise.tier), [])
        _audit_text(promise, got[0], not thread, settings, findings)
        _audit_moment(promise, got[0], settings, findings)
        thread.append(got[0])
    for key, messages in threads.items():
        opening, *updates = messages
        if any(update["thread"] != opening["message_id"] for update in updates):
            findings.add("wrong", f"thread {key}: a follow-up stands outside it")
        ids = [int(message["message_id"]) for message in messages]
        if ids != sorted(ids):
            findings.add("wrong", f"thread {key}: out of order")
    for nonce, messages in by_nonce.items():
        findings.add("wrong", f"message {nonce}: nobody was to be told {messages[0]['content']!r}", len(messages))


def promised(events: Sequence[SetupEvent], settings: Settings) -> Counter[Tier]:
    """Return how many messages each tier must get."""
    return Counter(promise.tier for promise in promises(events, settings))


def _audit_text(promise: Promise, got: Mapping[str, Any], opens: bool, settings: Settings, findings: Findings) -> None:
    edition = Edition(promise.delivery_id, opens, settings.stack.mode, settings.tiers.invitation_url)
    wanted = render(promise.alert, edition)
    if got["content"] != wanted.headline or got["embeds"][0]["title"] != wanted.title or got["channel"] != promise.address:
        findings.add("wrong", f"{promise}: expected {wanted.headline!r} in {promise.address}, found {got}")


def _audit_moment(promise: Promise, got: Mapping[str, Any], settings: Settings, findings: Findings) -> None:
    """The fake Discord stamps with the wall clock; the promise counts from the decision, in market time."""
    clock = settings.clock
    received_us = clock.start_us + (int(got["received_us"]) - clock.origin_us) * clock.speed
    if received_us < promise.alert.not_before:
        findings.add("early", f"{promise}: {(promise.alert.not_before - received_us) / 1e6:.3f} market seconds early")
