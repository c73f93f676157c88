"""The metrics a process shows at /metrics: a closed list, each with its unit and meaning, read from the units' own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from infra.health import Health, UnitCondition


@dataclass(frozen=True, slots=True)
class UnitMetric:
    """One metric of every unit; it carries the label ``unit``.

    Attributes
    ----------
    name
        Ends in its unit; a counter's name gets ``_total``.
    read
        Takes the value out of a unit's condition; None is not shown.
    """

    name: str
    kind: Literal["gauge", "counter"]
    meaning: str
    read: Callable[[UnitCondition], float | None]


UNIT_METRICS: tuple[UnitMetric, ...] = (
    UnitMetric("tapewire_unit_ready", "gauge", "1 while the unit does its work.", lambda condition: float(condition.ready)),
    UnitMetric("tapewire_unit_alive", "gauge", "0 when work waits and nothing moves.", lambda condition: float(condition.alive)),
    UnitMetric("tapewire_unit_lag_seconds", "gauge", "Market seconds behind the head of its input.", lambda condition: condition.lag_seconds),
    UnitMetric("tapewire_unit_records_in", "counter", "Records read since the process started.", lambda condition: condition.records_in),
    UnitMetric("tapewire_unit_records_out", "counter", "Records written since the process started.", lambda condition: condition.records_out),
)


class HealthCollector(Collector):
    """Turns the units' conditions into metrics at each scrape."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        conditions = self._health.conditions()
        for metric in UNIT_METRICS:
            family = (CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily)(metric.name, metric.meaning, labels=["unit"])
            for unit, condition in conditions.items():
                value = metric.read(condition)
                if value is not None:
                    family.add_metric([unit], value)
            yield family
