"""The shapes a metric can have; each object is its own declaration and the thing that units write to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, Literal

import prometheus_client
from prometheus_client import CollectorRegistry, disable_created_metrics

from infra.clock import monotonic_seconds

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside every counter, for which nobody asks
REGISTRY = CollectorRegistry(auto_describe=False)
"""The metrics of this process; like the log there is one, so that no part needs to be handed it."""

Kind = Literal["counter", "gauge", "histogram"]

FAST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LATE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
RECORDS = (1, 10, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes
    ----------
    name
        As Prometheus knows it: with its base unit, a counter with ``_total``.
    unit
        Of its value: records, seconds, bytes ...
    meaning
        One sentence.
    units
        Patterns of the units that emit it, e.g. ``sink.*``, without those after a ``!``; empty when the process does.
    labels
        ``unit`` first where there is one.
    only_when
        Why it can be missing while its units run; empty when it never is.
    buckets
        Upper bounds of a histogram's buckets.
    known
        The values a label can have, where they are known beforehand.
    read
        For what a unit tells through its health: takes it out of the condition; None is not shown.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    units: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("unit",)
    only_when: str = ""
    buckets: tuple[float, ...] = ()
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    read: Callable[[Any], float | None] | None = None

    def is_of(self, unit: str) -> bool:
        """Tell whether the unit with this name emits it."""
        without = [pattern[1:] for pattern in self.units if pattern.startswith("!")]
        return any(fnmatchcase(unit, pattern) for pattern in self.units) and unit not in without


class Counter:
    """Grows while the process lives; 0 from the start, so that its first step counts as an increase."""

    def __init__(self, declared: Metric, registry: CollectorRegistry) -> None:
        self.declared = declared
        self._metric = prometheus_client.Counter(declared.name, declared.meaning, declared.labels, registry=registry)

    def begin(self, *labels: str) -> None:
        self._metric.labels(*labels)

    def add(self, amount: float, *labels: str) -> None:
        (self._metric.labels(*labels) if labels else self._metric).inc(amount)


class Gauge:
    """A value that is what it is now; missing until it is told."""

    def __init__(self, declared: Metric, registry: CollectorRegistry) -> None:
        self.declared = declared
        self._metric = prometheus_client.Gauge(declared.name, declared.meaning, declared.labels, registry=registry)

    def set(self, value: float, *labels: str) -> None:
        (self._metric.labels(*labels) if labels else self._metric).set(value)


@dataclass(slots=True)
class Since:
    """A moment, and how long ago it is; 0 while there is none."""

    moment: float | None = None

    def mark(self) -> None:
        """It was now."""
        self.moment = monotonic_seconds()

    def begin(self) -> None:
        """It was now, unless it was before."""
        if self.moment is None:
            self.mark()

    def clear(self) -> None:
        """Nothing waits."""
        self.moment = None

    def seconds(self) -> float:
        moment = self.moment
        return 0.0 if moment is None else monotonic_seconds() - moment


class Age:
    """Real seconds since something happened; it grows by itself, so a thread that hangs cannot hide it."""

    def __init__(self, declared: Metric, registry: CollectorRegistry) -> None:
        self.declared = declared
        self._metric = prometheus_client.Gauge(declared.name, declared.meaning, declared.labels, registry=registry)
        self._ages: dict[tuple[str, ...], Since] = {}

    def of(self, *labels: str) -> Since:
        """Return the age with these labels, to be marked and cleared."""
        age = self._ages.get(labels)
        if age is None:
            age = self._ages.setdefault(labels, Since())
            self._metric.labels(*labels).set_function(age.seconds)
        return age


class Histogram:
    """How often values of which size were seen."""

    def __init__(self, declared: Metric, registry: CollectorRegistry) -> None:
        self.declared = declared
        self._metric = prometheus_client.Histogram(
            declared.name, declared.meaning, declared.labels, registry=registry, buckets=declared.buckets
        )

    def begin(self, *labels: str) -> None:
        self._metric.labels(*labels)

    def seen(self, value: float, *labels: str) -> None:
        self._metric.labels(*labels).observe(value)

    def of(self, *labels: str) -> Callable[[float], None]:
        """Return what notes a value with these labels: the third of the time, for who does it for every batch."""
        observe: Callable[[float], None] = self._metric.labels(*labels).observe
        return observe


@dataclass(slots=True)
class MetricList:
    """The list as it is declared, in order."""

    registry: CollectorRegistry = REGISTRY
    declared: list[Metric] = field(default_factory=list)
    _writable: list[Counter | Histogram] = field(default_factory=list)

    def counter(self, name: str, unit: str, meaning: str, units: tuple[str, ...] = (), **options: Any) -> Counter:
        counter = Counter(self._note(Metric(name, "counter", unit, meaning, units, **options)), self.registry)
        self._writable.append(counter)
        return counter

    def gauge(self, name: str, unit: str, meaning: str, units: tuple[str, ...] = (), **options: Any) -> Gauge:
        return Gauge(self._note(Metric(name, "gauge", unit, meaning, units, **options)), self.registry)

    def age(self, name: str, meaning: str, units: tuple[str, ...], **options: Any) -> Age:
        return Age(self._note(Metric(name, "gauge", "seconds", meaning, units, **options)), self.registry)

    def histogram(self, name: str, unit: str, meaning: str, buckets: tuple[float, ...], units: tuple[str, ...], **options: Any) -> Histogram:
        histogram = Histogram(self._note(Metric(name, "histogram", unit, meaning, units, buckets=buckets, **options)), self.registry)
        self._writable.append(histogram)
        return histogram

    def told(self, name: str, kind: Kind, unit: str, meaning: str, read: Callable[[Any], float | None], **options: Any) -> None:
        """Declare what comes out of the units' conditions at each scrape."""
        self._note(Metric(name, kind, unit, meaning, read=read, **{"units": ("*",), **options}))

    def foreign(self, name: str, kind: Kind, unit: str, meaning: str) -> None:
        """Declare what prometheus_client itself measures."""
        self._note(Metric(name, kind, unit, meaning, labels=()))

    def begin(self, unit: str, topics: tuple[str, ...]) -> None:
        """Show the counters and histograms of a unit that starts, with 0: an increase from nothing is not seen as one."""
        for metric in self._writable:
            declared = metric.declared
            known = {"unit": (unit,), "topic": topics, **declared.known}
            if declared.is_of(unit) and all(label in known for label in declared.labels):
                for values in product(*(known[label] for label in declared.labels)):
                    metric.begin(*values)

    def _note(self, metric: Metric) -> Metric:
        self.declared.append(metric)
        return metric
