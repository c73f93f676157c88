"""stage.divergence: compares what two sources say of the same thing, by the pairs of the settings, and writes an alert when they part.

Its input is looked at, not folded: after a restart it begins a little before the end of its topics, and an alert that comes again has the
same id.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.clock import MICROSECONDS
from infra.errors import ConfigurationError, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.worker_thread import run_in_thread
from infra.logging_setup import logger
from infra.patience import answer_of
from infra.retry import Backoff
from infra.settings import DivergenceSettings
from infra.unit import UnitContext
from processors.calc.divergence import Claim, Divergences
from schemas.catalog import topics

NAME = "stage.divergence"
ALERTS = "ops.alerts"
_PAUSE_SECONDS = 0.5
_TAIL = 5_000
_PATIENCE_SECONDS = 120.0  # beyond the longest wait for the broker: a unit that is silent for longer hangs
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
    stop = threading.Event()
    await run_in_thread(NAME, lambda: _work(context, stop), stop.set)


def _work(context: UnitContext, stop: threading.Event) -> None:
    settings = context.settings
    comparisons = [Comparison(Pair.of(text), settings.divergence) for text in settings.divergence.pairs]
    read_topics = sorted(set().union(*(one.topics for one in comparisons)))
    codecs = answer_of(context, NAME, lambda: CodecSet.from_registry(settings.registry, (*read_topics, ALERTS)))
    followers = {name: TopicFollower(settings.kafka, codecs, name, tail=_TAIL) for name in read_topics}
    producer = RecordProducer(settings, codecs, client_id=NAME)
    backoff = Backoff(cap_seconds=5.0)
    again_within = settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS
    try:
        while not (stop.is_set() or context.stop.is_set()):
            pause = _PAUSE_SECONDS
            try:
                read, written = _turn(comparisons, followers, producer)
                backoff.succeeded()
                context.health.report(NAME, ready=True, detail="comparing", records_in=read, records_out=written, again_within=again_within)
            except Retryable as error:
                pause = backoff.next_seconds(error.retry_after_seconds)
                log.warning("unit_waits", unit=NAME, seconds=round(pause, 2), error=str(error))
                context.health.report(NAME, ready=False, detail=f"waiting: {error}", again_within=again_within)
            stop.wait(pause)
    finally:
        for follower in followers.values():
            follower.close()
        producer.close()


def _turn(comparisons: list[Comparison], followers: dict[str, TopicFollower], producer: RecordProducer) -> tuple[int, int]:
    read = written = 0
    for topic, follower in followers.items():
        for record in follower.catch_up():
            read += 1
            for one in comparisons:
                for alert in one.take(topic, record):
                    written += 1
                    producer.send(ALERTS, alert)
                    log.warning("sources_diverge", kind=alert.kind, subject=alert.subject, level=alert.level.value, reason=alert.reason)
    if written:
        producer.flush()
    return read, written
