"""Audits a run that has come to rest: topics, rows, bars and messages against what must be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.cli.crash_bars import audit_bars
from infra.cli.crash_expected import Expected
from infra.cli.crash_messages import audit_messages, inbox, promises
from infra.cli.verify import verified
from infra.clickhouse.client import ClickHouse
from infra.crash.findings import Findings
from infra.crash.stored_rows import audit_rows
from infra.crash.topic_log import TopicLog, identity_of, read_log
from infra.kafka.codecs import CodecSet
from infra.local.stack_layout import StackLayout
from infra.settings import Settings
from processors.log_replay import can_be_replayed
from processors.stages import STAGES
from schemas import catalog
from schemas.records import BasicAlert, FreeAlert, Tier

_PUBLIC = {Tier.PREMIUM: "distribution.premium", Tier.BASIC: "distribution.basic", Tier.FREE: "distribution.free"}
_QUEUES = {Tier.BASIC: "delay.basic", Tier.FREE: "delay.free"}
_KEPT = frozenset({*_PUBLIC.values(), *_QUEUES.values(), "setups.events", "signals", "signals.refusals", "postures", "derived.boxes"})


def audit(layout: StackLayout, expected: Expected, report: Callable[[str], None], *, fold_again: bool = True) -> Findings:
    """Compare everything that the run wrote; nothing may be running any more that writes.

    Parameters
    ----------
    fold_again
        Fold the inputs of every stage again, too; it takes a minute and more.

    Raises
    ------
    Retryable
        If a server does not answer.
    """
    settings, findings = layout.settings, Findings()
    codecs = CodecSet.from_registry(settings.registry, catalog.topics())
    with ClickHouse.connect(settings.clickhouse) as history:
        for name, topic in catalog.topics().items():
            log = read_log(settings.kafka, codecs.of(name), topic, findings, keep=name in _KEPT)
            _audit_topic(log, expected, settings, findings)
            if topic.identity:
                audit_rows(history, log, findings)
            if log.places:
                report(f"audited {name}: {len(log.places)} records")
        audit_bars(history, expected, settings.bars, findings)
        if fold_again:
            audit_stages(settings, findings, report)
        for (reason,) in history.rows("SELECT concat(topic, ': ', reason) FROM dead_letters_latest"):
            findings.add("lost", f"dead letter {reason}")
    audit_messages(inbox(layout.ports["simulator"]), expected.setup_events, settings, findings)
    return findings


def audit_stages(settings: Settings, findings: Findings, report: Callable[[str], None]) -> None:
    """Fold the log again, stage by stage, and note what differs from what the stages wrote."""
    for spec in STAGES.values():
        if not can_be_replayed(spec):
            continue
        for line in verified(spec, settings):
            name = f"{line.stage} replayed: {line.topic}"
            findings.checked[name] += line.equal
            if wrong := line.different + line.unexpected:
                findings.add("wrong", f"{name}: {line.different} records have other bytes, {line.unexpected} should not be there", wrong)
            if lost := line.missing + line.not_yet:
                findings.add("lost", f"{name}: {lost} records", lost)
            report(f"replayed {line.stage}, {line.topic}: {line.equal} records are equal")


def _audit_topic(log: TopicLog, expected: Expected, settings: Settings, findings: Findings) -> None:
    name = log.topic.name
    log.audit_repeats(findings)
    if name == "views":
        return  # what they carry of other stages depends on when it came: `audit_stages` has the order from the log
    if name in expected.digests:
        log.audit_content(findings, expected.digests[name])
    elif name in ("market.trades", "market.quotes"):
        _audit_market(log, expected.prints if name == "market.trades" else expected.quotes, findings)
    elif name == "distribution.expired" and log.places:
        findings.add("lost", f"{len(log.places)} messages expired", len(log.places))
    elif name in (*_PUBLIC.values(), *_QUEUES.values()):
        _audit_alerts(log, expected, settings, findings)


def _audit_market(log: TopicLog, expected: Any, findings: Findings) -> None:
    """What happened after the last tick may be on the topic as well."""
    for identity in expected.keys() - log.digests.keys():
        findings.add("lost", f"{expected[identity]} is missing")


def _audit_alerts(log: TopicLog, expected: Expected, settings: Settings, findings: Findings) -> None:
    name = log.topic.name
    tier = next(tier for table in (_PUBLIC, _QUEUES) for tier, topic in table.items() if topic == name)
    due = [promise for promise in promises(expected.setup_events, settings) if promise.tier is tier]
    log.audit_identities(findings, {identity_of((promise.alert.alert_id,)): str(promise) for promise in due})
    if name in _QUEUES.values():
        return
    clock = settings.clock
    for identity, record in log.first.items():
        assert isinstance(record, BasicAlert | FreeAlert) or tier is Tier.PREMIUM
        # The broker's own clock, cut to milliseconds, against the promise in the record.
        appended_us = clock.start_us + (log.appended_ms[identity] * 1_000 + 999 - clock.origin_us) * clock.speed
        if appended_us < record.not_before:  # type: ignore[attr-defined]
            findings.add("early", f"{name}: {record} was appended {(record.not_before - appended_us) / 1e6:.3f} market seconds early")  # type: ignore[attr-defined]
