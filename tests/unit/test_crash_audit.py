"""The audit itself: whatever a run could do wrong must be found. An audit that finds nothing proves nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from infra.cli.crash_messages import audit_messages, promises
from infra.crash.findings import Findings
from infra.crash.topic_log import TopicLog, digest_of, identity_in
from infra.settings import ClockSettings, DiscordSettings, Settings
from schemas import catalog
from schemas.records import SetupEvent
from sinks.channels.discord import nonce_of
from sinks.messages.render import render
from sinks.messages.wording import Edition
from tests.support.setup_events import SECOND, lifecycle

NOON = 1_586_966_400 * SECOND
SETTINGS = Settings(
    clock=ClockSettings(kind="scaled", start_us=NOON, origin_us=5 * SECOND, speed=10.0),
    discord=DiscordSettings(bot_token=SecretStr("test"), premium_channel_id="1", basic_channel_id="2", free_channel_id="3"),
)
EVENTS = lifecycle("ACRX", NOON)
Inbox = list[dict[str, Any]]


def told(events: list[SetupEvent]) -> Inbox:
    """Return the inbox of a run without fault."""
    found: Inbox = []
    openers: dict[str, str] = {}
    for number, promise in enumerate(promises(events, SETTINGS), 100):
        opens = promise.address not in openers
        message = render(promise.alert, Edition(promise.delivery_id, opens, SETTINGS.stack.mode, SETTINGS.tiers.invitation_url))
        opener = openers.setdefault(promise.address, str(number))
        due_real_us = 5 * SECOND + (promise.alert.not_before - NOON) // 10
        found.append(
            {
                "message_id": str(number), "channel": promise.address, "thread": None if opens else opener, "content": message.headline,
                "embeds": [{"title": message.title}], "nonce": nonce_of(promise.delivery_id), "received_us": due_real_us,
            }
        )  # fmt: skip
    return found


def audited(inbox: Inbox, events: list[SetupEvent] = EVENTS) -> Findings:
    findings = Findings()
    audit_messages(inbox, events, SETTINGS, findings)
    return findings


def test_a_run_without_fault_is_clean() -> None:
    findings = audited(told(EVENTS))
    assert findings.clean and findings.checked["messages"] == 14, "five for premium and basic, four for free"


def _drop(inbox: Inbox) -> None:
    del inbox[4]


def _repeat(inbox: Inbox) -> None:
    inbox.append({**inbox[4], "message_id": "999"})


def _hurry(inbox: Inbox) -> None:
    inbox[4]["received_us"] -= 1


def _swap(inbox: Inbox) -> None:
    inbox[3]["message_id"], inbox[6]["message_id"] = inbox[6]["message_id"], inbox[3]["message_id"]


def _stray(inbox: Inbox) -> None:
    inbox[4]["thread"] = None


def _garble(inbox: Inbox) -> None:
    inbox[4]["content"] += "!"


def _leak(inbox: Inbox) -> None:
    inbox[4]["channel"] = "3"


def _invent(inbox: Inbox) -> None:
    inbox.append({**inbox[4], "nonce": "another"})


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (_drop, "lost"), (_repeat, "duplicate"), (_hurry, "early"),
        (_swap, "wrong"), (_stray, "wrong"), (_garble, "wrong"), (_leak, "wrong"), (_invent, "wrong"),
    ],
)
def test_each_fault_of_messages_is_found(fault: Callable[[Inbox], None], verdict: str) -> None:
    inbox = told(EVENTS)
    fault(inbox)
    findings = audited(inbox)
    assert dict(findings.counts) == {verdict: 1}, findings.texts


def log_of(name: str, bodies: list[tuple[bytes, bytes]]) -> TopicLog:
    """Return a topic of (identity, body) records."""
    log = TopicLog(catalog.topic(name))
    for offset, (identity, body) in enumerate(bodies):
        log.places[0, offset] = identity
        log.digests.setdefault(identity, digest_of(body))
    return log


EXPECTED = {b"a": digest_of(b"1"), b"b": digest_of(b"2")}


@pytest.mark.parametrize(
    ("bodies", "counts"),
    [
        ([(b"a", b"1"), (b"b", b"2")], {}),
        ([(b"a", b"1")], {"lost": 1}),
        ([(b"a", b"1"), (b"b", b"3")], {"wrong": 1}),
        ([(b"a", b"1"), (b"b", b"2"), (b"c", b"3")], {"wrong": 1}),
    ],
)
def test_each_fault_of_a_topic_is_found(bodies: list[tuple[bytes, bytes]], counts: dict[str, int]) -> None:
    findings = Findings()
    log_of("setups.events", bodies).audit_content(findings, EXPECTED)
    assert dict(findings.counts) == counts


def test_a_repeat_is_a_fault_where_nothing_may_be_repeated_and_counted_elsewhere() -> None:
    twice = [(b"a", b"1"), (b"a", b"1"), (b"b", b"2")]
    findings = Findings()
    log_of("views", twice).audit_repeats(findings)
    assert findings.clean and findings.repeats == {"views": 1}
    for name in ("distribution.basic", "market.trades"):
        log_of(name, twice).audit_repeats(findings)
    assert findings.counts == {"duplicate": 2}


def test_an_identity_tells_records_apart_whatever_else_they_say() -> None:
    event = EVENTS[0]
    topic = catalog.topic("setups.events")
    assert identity_in(topic, event) == identity_in(topic, replace(event, last_price=1.0))
    assert identity_in(topic, event) != identity_in(topic, EVENTS[1])
