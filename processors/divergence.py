"""stage.divergence: compares what two sources say of the same thing, by the pairs of the settings, and writes an alert when they part.

Its input is looked at, not folded: after a restart it begins a little before the end of its topics, and an alert that comes again has the
same id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from infra.clock import MICROSECONDS
from infra.errors import ConfigurationError
from infra.logging_setup import logger
from infra.settings import DivergenceSettings
from infra.unit import UnitContext
from processors.calc.divergence import Claim, Divergences
from processors.following_unit import FollowedTopics, Following, run_following
from schemas.catalog import topics

NAME = "stage.divergence"
ALERTS = "ops.alerts"
_PAUSE_SECONDS = 0.5
_TAIL = 5_000
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison: each side is a source, its topic and the field there."""

    name: str
    sides: tuple[tuple[str, str, str], tuple[str, str, str]]

    @classmethod
    def of(cls, text: str) -> Pair:
        """Read ``option-bid=unusual_whales:options.contracts:bid|ibkr:options.contracts:bid``."""
        name, _, rest = text.partition("=")
        sides = [tuple(side.split(":")) for side in rest.split("|")]
        if not name or len(sides) != 2 or any(len(side) != 3 or side[1] not in topics() for side in sides):
            raise ConfigurationError(f"expected a pair like NAME=SOURCE:TOPIC:FIELD|SOURCE:TOPIC:FIELD, found {text}")
        (one, other) = sides
        return cls(name, ((one[0], one[1], one[2]), (other[0], other[1], other[2])))


class Comparison:
    """A pair at work."""

    def __init__(self, pair: Pair, settings: DivergenceSettings) -> None:
        self.topics = {topic for _, topic, _ in pair.sides}
        self._pair = pair
        sources = (pair.sides[0][0], pair.sides[1][0])
        self._divergences = Divergences(
            pair.name, NAME, sources, settings.warn_usd, settings.block_usd, round(settings.fresh_seconds * MICROSECONDS)
        )

    def take(self, topic: str, record: Any) -> Iterator[Any]:
        """Yield what a record of a topic leads to."""
        for source, its_topic, name in self._pair.sides:
            value = getattr(record, name, None) if its_topic == topic and getattr(record, "source", None) == source else None
            if isinstance(value, float | int):
                option = getattr(record, "option_symbol", None)
                yield from self._divergences.take(Claim(source, option or record.symbol, value, record.ts_event, option is not None))


async def run_divergence(context: UnitContext) -> None:
    """Compare until told to stop."""
    await run_following(context, NAME, lambda: _following(context.settings.divergence))


def _following(settings: DivergenceSettings) -> Following:
    comparisons = [Comparison(Pair.of(text), settings) for text in settings.pairs]
    read_topics = tuple(sorted(set().union(*(one.topics for one in comparisons))))
    return Following(partial(_turn, comparisons), "comparing", read_topics, (ALERTS,), _PAUSE_SECONDS, _TAIL)


def _turn(comparisons: list[Comparison], followed: FollowedTopics) -> tuple[int, int]:
    read = written = 0
    for topic, records in followed.catch_up():
        for record in records:
            read += 1
            for one in comparisons:
                for alert in one.take(topic, record):
                    written += 1
                    followed.producer.send(ALERTS, alert)
                    log.warning("sources_diverge", kind=alert.kind, subject=alert.subject, level=alert.level.value, reason=alert.reason)
    if written:
        followed.producer.flush()
    return read, written
