"""OPS-07, API-16: one typed list of metrics; names and units follow Prometheus, the page is current, what a process shows is in the list."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from infra.health import Health
from infra.metrics import listed
from infra.metrics.listed import METRICS
from infra.metrics.metric import REGISTRY, Metric, MetricList, Since
from infra.metrics.of_units import HealthCollector
from infra.metrics.page import PAGE, render
from infra.plugins import load_all
from infra.unit import registered


def sample_names(metric: Metric) -> set[str]:
    return {f"{metric.name}{end}" for end in ("_bucket", "_sum", "_count")} if metric.kind == "histogram" else {metric.name}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_tells_kind_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"(tapewire|process)_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    stem = metric.name.removesuffix("_total")
    if metric.unit in ("seconds", "bytes"):
        assert stem.endswith(f"_{metric.unit}") or metric.name == "process_start_time_seconds"
    assert metric.meaning.endswith(".") and "\n" not in metric.meaning
    assert bool(metric.buckets) == (metric.kind == "histogram")


def test_names_are_unique() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == render(), "run `tapewire metrics generate`"


def test_every_pattern_of_units_means_one() -> None:
    for package in ("producers", "processors", "sinks"):
        load_all(package)
    units = set(registered())
    for metric in METRICS:
        assert not metric.units or any(metric.is_of(unit) for unit in units), metric.name
        assert {pattern[1:] for pattern in metric.units if pattern.startswith("!")} <= units


def test_what_a_process_shows_is_in_the_list() -> None:
    health = Health()
    health.report("sink.listed", ready=True, lag_seconds=1.5, lag_records=3, in_flight=2, records_in=1)
    listed.begin("sink.listed", ("market.trades",))
    of_units = CollectorRegistry()
    of_units.register(HealthCollector(health))
    known = {name for metric in METRICS for name in sample_names(metric)}
    shown = {
        sample.name
        for text in (generate_latest(of_units), generate_latest(REGISTRY))
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }
    assert shown and shown <= known
    assert "tapewire_unit_lag_records" in shown and "tapewire_unit_dead_letters_total" in shown


def test_counters_begin_at_zero_with_every_label_that_is_known() -> None:
    every = MetricList(CollectorRegistry())
    every.counter("tapewire_of_this_test_total", "x", "X.", ("sink.*",), labels=("unit", "tier"), known={"tier": ("basic", "free")})
    every.counter("tapewire_by_table_of_this_test_total", "x", "X.", ("sink.*",), labels=("unit", "table"))
    every.begin("sink.begun", ())
    every.begin("feed.begun", ())
    text = generate_latest(every.registry).decode()
    assert 'tapewire_of_this_test_total{tier="basic",unit="sink.begun"} 0.0' in text
    assert 'tapewire_of_this_test_total{tier="free",unit="sink.begun"} 0.0' in text
    assert "feed.begun" not in text
    assert "tapewire_by_table_of_this_test_total{" not in text


def test_an_age_grows_by_itself_and_is_nothing_when_nothing_waits() -> None:
    age = Since()
    assert age.seconds() == 0.0
    age.begin()
    first = age.moment
    age.begin()
    assert age.moment == first and age.seconds() >= 0.0
    age.clear()
    assert age.seconds() == 0.0
