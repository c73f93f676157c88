"""schemas/topics.yaml names every unit that writes a topic, and every unit that reads one."""

from __future__ import annotations

from infra.plugins import load_all
from infra.unit import registered
from producers.source import ALWAYS_WRITTEN
from schemas import catalog


def units() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return what each unit reads and writes."""
    for package in ("producers", "processors", "sinks"):
        load_all(package)
    return {name: (unit.reads, unit.writes) for name, unit in registered().items()}


def test_every_topic_names_the_units_that_write_and_read_it() -> None:
    unnamed = [f"{name} writes {topic}" for name, (_, writes) in units().items() for topic in writes if name not in catalog.topic(topic).producers]
    unnamed += [f"{name} reads {topic}" for name, (reads, _) in units().items() for topic in reads if name not in catalog.topic(topic).consumers]
    assert unnamed == []


def test_every_feed_tells_its_condition_and_keeps_what_it_received() -> None:
    """Their writers are the feeds, all of them and no others."""
    feeds = {name for name in units() if name.startswith("feed.")}
    assert feeds
    for topic in ALWAYS_WRITTEN:
        assert set(catalog.topic(topic).producers) == feeds
