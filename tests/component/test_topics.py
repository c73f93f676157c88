"""`tapewire topics diff|apply` against a real broker."""

from __future__ import annotations

import dataclasses

import httpx
import pytest
from confluent_kafka.admin import AdminClient

from infra.cli.topics import register_schemas
from infra.errors import Fatal
from infra.kafka.topics import apply, diff, wanted_topics
from infra.settings import Settings
from schemas import catalog


def test_apply_leaves_no_difference_and_can_be_repeated(kafka_settings: Settings) -> None:
    """OPS-21: data topics, dead letters and changelogs exist as the catalogue says."""
    admin = AdminClient({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    apply(admin)
    assert diff(admin, wanted_topics()) == []
    assert apply(admin) == []
    names = set(admin.list_topics(timeout=20).topics)
    assert {"market.trades.v1", "market.trades.v1.dlq", "tapewire-market-state-changelog"} <= names


def test_a_changed_setting_is_shown_and_corrected(kafka_settings: Settings) -> None:
    """Retention follows the catalogue."""
    admin = AdminClient({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    short_lived = dataclasses.replace(catalog.topic("market.trades"), name="market.diff-test", dead_letter=False)
    first = wanted_topics([short_lived], [])
    later = wanted_topics([dataclasses.replace(short_lived, retention_hours=1)], [])
    assert [d.kind for d in diff(admin, first)] == ["missing"]
    apply(admin, first)
    (difference,) = diff(admin, later)
    assert (difference.setting, difference.expected, difference.found) == ("retention.ms", "3600000", "604800000")
    apply(admin, later)
    assert diff(admin, later) == []


def test_partitions_are_never_changed_in_place(kafka_settings: Settings) -> None:
    """A key would move to another partition and leave its state behind."""
    admin = AdminClient({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    topic = dataclasses.replace(catalog.topic("market.trades"), name="market.partition-test", dead_letter=False)
    apply(admin, wanted_topics([topic], []))
    with pytest.raises(Fatal, match="partitions"):
        apply(admin, wanted_topics([dataclasses.replace(topic, partitions=8)], []))


def test_every_subject_is_registered_with_its_compatibility_mode(kafka_settings: Settings) -> None:
    """SCH-01: `topics apply` also prepares the registry, and can be repeated."""
    wanted = [kind for topic in catalog.topics().values() for kind in ("record", "dead letter") if kind == "record" or topic.dead_letter]
    assert register_schemas(kafka_settings) == register_schemas(kafka_settings) == len(wanted)
    answer = httpx.get(f"{kafka_settings.registry.url}/config/market.trades.v1-value", timeout=10)
    assert answer.json()["compatibilityLevel"] == "BACKWARD"
