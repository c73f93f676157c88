"""Small REST catalogues for tests, and a virtual day walked through the dispatcher."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK
from producers.rest_catalog.attempt import Attempt, Skip
from producers.rest_catalog.catalog import Catalog
from producers.rest_catalog.dispatcher import Dispatcher
from producers.rest_catalog.endpoint import Endpoint, Priority
from producers.rest_catalog.loader import parse
from producers.rest_catalog.schedule import Call
from producers.source import Payload

WEDNESDAY = date(2026, 11, 18)
SATURDAY = date(2026, 11, 21)
HALF_DAY = date(2026, 11, 27)
SECOND = 1_000_000


def at(text: str, day: date = WEDNESDAY) -> int:
    """Return a New York time of day in microseconds."""
    return to_microseconds(datetime.fromisoformat(f"{day.isoformat()} {text}").replace(tzinfo=NEW_YORK))


def entry(name: str, **changes: Any) -> dict[str, Any]:
    """Return an endpoint as it stands in a file: every minute, important."""
    return {"id": name, "path": f"/{name}", "cadence": 60, "priority": "important", "ttl_seconds": 86_400} | changes


def catalog(
    *entries: Mapping[str, Any], watched: tuple[str, ...] = ("SPY", "QQQ", "IWM"), vendor: Mapping[str, Any] | None = None, **parts: Any
) -> Catalog:
    """Return a catalogue with these endpoints."""
    content = {"vendor": {"name": "toy", **(vendor or {})}, "endpoints": [dict(one) for one in entries], **parts}
    return parse(yaml.safe_dump(content, sort_keys=False), "toy.yaml", watched)


def endpoint(**changes: Any) -> Endpoint:
    """Return one endpoint."""
    return catalog(entry("numbers", **changes)).content.endpoints[0]


@dataclass(slots=True)
class VirtualDay:
    """What a dispatcher did on a virtual day on which every call is answered at once, unless ``answers`` says otherwise."""

    made: list[tuple[int, Attempt]] = field(default_factory=list)
    skipped: list[tuple[Call, Skip]] = field(default_factory=list)

    @property
    def moments(self) -> list[int]:
        return [moment for moment, _ in self.made]

    def counts(self) -> Counter[str]:
        return Counter(attempt.call.line.endpoint.id for _, attempt in self.made)

    def by_priority(self) -> Counter[Priority]:
        return Counter(attempt.call.priority for _, attempt in self.made)


def walk(
    of: Catalog, start_us: int, end_us: int, needs: Mapping[Priority, int] | None = None,
    answers: Callable[[Attempt, int], bool] = lambda attempt, now_us: True,
) -> VirtualDay:  # fmt: skip
    """Walk a dispatcher from one moment to another."""
    day = VirtualDay()
    dispatcher = Dispatcher(of, start_us, needs, lambda call, skip, why: day.skipped.append((call, skip)))
    now_us = start_us
    while now_us < end_us:
        dispatcher.advance(now_us)
        while (attempt := dispatcher.take(now_us)) is not None:
            day.made.append((now_us, attempt))
            if answers(attempt, now_us):
                line = attempt.call.line
                dispatcher.latest.put(line.key, Payload(line.endpoint.path, b"{}", now_us), line.endpoint.ttl_seconds)
                dispatcher.succeeded(attempt)
            else:
                dispatcher.failed(attempt, now_us, "it failed", again=True)
        now_us = dispatcher.wake_us(now_us)
    return day


def most_within(moments: list[int], seconds: float) -> int:
    """Return the most moments in any stretch of so many seconds."""
    first = most = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - seconds * SECOND:
            first += 1
        most = max(most, last - first + 1)
    return most
