"""The metrics that come out of the units' own words, taken at each scrape."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from infra.health import Health
from infra.metrics.listed import METRICS


class HealthCollector(Collector):
    """Turns the units' conditions into metrics."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        conditions = self._health.conditions()
        for metric in METRICS:
            if metric.read is None:
                continue
            family = (CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily)(metric.name, metric.meaning, labels=["unit"])
            for unit, condition in conditions.items():
                value = metric.read(condition)
                if value is not None and metric.is_of(unit):
                    family.add_metric([unit], value)
            yield family
