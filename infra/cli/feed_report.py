"""How every feed is, from its heartbeats: age, rate, state (ING-44)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer

from infra.clock import MICROSECONDS
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.partition_bounds import partition_bounds
from infra.kafka.whole_topic import read_whole
from infra.settings import Settings
from schemas import catalog
from schemas.codec import UndecodableRecord
from schemas.records import FeedHeartbeat, FeedState

TOPIC = "ops.heartbeats"
_READ_BACK = 5_000
_RATE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sign:
    """A heartbeat and when the broker got it, in seconds of its clock."""

    at_seconds: float
    heartbeat: FeedHeartbeat


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed.

    Attributes
    ----------
    state
        ``NO DATA`` when the topic's end holds no heartbeat of it.
    age_seconds
        Real seconds since its last heartbeat; None without one.
    behind_seconds
        Market seconds by which its watermark lay behind then, beyond the delay of the vendor's plan.
    records_a_second
        Published, a real second, over its last minute; None while there is one heartbeat.
    healthy
        Live, heard of within the limit, and without faults. One that is not required is healthy while it is off.
    required
        False for a feed that has no key or address: nobody asked for it.
    lag_p50_ms, lag_p99_ms, crossed_share, repeated_share, disordered_share
        The worst of its topics.
    faults
        What is wrong although it is connected.
    """

    feed: str
    state: str
    age_seconds: float | None
    behind_seconds: float | None
    records_a_second: float | None
    records: int
    reconnects: int
    detail: str | None
    healthy: bool
    required: bool = True
    gaps: int = 0
    dead_letters: int = 0
    breakers_open: tuple[str, ...] = ()
    budget_used: int | None = None
    budget_limit: int | None = None
    mode: str | None = None
    licence: str | None = None
    lag_p50_ms: float | None = None
    lag_p99_ms: float | None = None
    crossed_share: float | None = None
    repeated_share: float | None = None
    disordered_share: float | None = None
    faults: tuple[str, ...] = ()


def report(
    feeds: Iterable[str], signs: Iterable[Sign], now_seconds: float, limit_seconds: float, off: Mapping[str, str] | None = None
) -> list[FeedLine]:
    """Judge feeds by their heartbeats, which come in order; a feed that nobody asked for but that beats is shown too.

    Parameters
    ----------
    off
        Feeds that cannot run as they are set, and why.
    """
    by_feed: dict[str, list[Sign]] = {feed: [] for feed in feeds}
    for sign in signs:
        by_feed.setdefault(sign.heartbeat.feed, []).append(sign)
    return [_line(feed, found, now_seconds, limit_seconds, (off or {}).get(feed)) for feed, found in sorted(by_feed.items())]


def _line(feed: str, signs: Sequence[Sign], now_seconds: float, limit_seconds: float, off: str | None) -> FeedLine:
    if off is not None and not signs:  # one that has run lately is required, whatever this process's settings say
        return FeedLine(feed, "OFF", None, None, None, 0, 0, off, healthy=True, required=False)
    if not signs:
        return FeedLine(feed, "NO DATA", None, None, None, 0, 0, None, healthy=False)
    last = signs[-1]
    beat, age = last.heartbeat, max(now_seconds - last.at_seconds, 0.0)
    behind = max((beat.ts_published - beat.ts_event) / MICROSECONDS - beat.delay_seconds, 0.0)
    return FeedLine(
        feed, beat.state.value, age, behind, _rate(signs), beat.records_published, beat.reconnects,
        beat.detail, healthy=beat.state is FeedState.LIVE and age <= limit_seconds and not beat.faults,
        gaps=beat.gaps, dead_letters=beat.dead_letters, breakers_open=tuple(beat.breakers_open), budget_used=beat.budget_used,
        budget_limit=beat.budget_limit, mode=beat.mode, licence=None if beat.licence is None else beat.licence.value,
        lag_p50_ms=_worst(beat, "lag_p50_ms"), lag_p99_ms=_worst(beat, "lag_p99_ms"), crossed_share=_worst(beat, "crossed_share"),
        repeated_share=_worst(beat, "repeated_share"), disordered_share=_worst(beat, "disordered_share"),
        faults=tuple(f"{fault.kind.value}: {fault.reason}" for fault in beat.faults),
    )  # fmt: skip


def _worst(beat: FeedHeartbeat, name: str) -> float | None:
    return max((value for reading in beat.readings if (value := getattr(reading, name)) is not None), default=None)


def _rate(signs: Sequence[Sign]) -> float | None:
    """Return the rate over the last minute of one process: its counter begins at 0 again with each start."""
    last = signs[-1]
    first = last
    for sign in reversed(signs):
        if sign.heartbeat.records_published > first.heartbeat.records_published or last.at_seconds - sign.at_seconds > _RATE_SECONDS:
            break
        first = sign
    elapsed = last.at_seconds - first.at_seconds
    return (last.heartbeat.records_published - first.heartbeat.records_published) / elapsed if elapsed > 0 else None


def read_signs(settings: Settings) -> Iterator[Sign]:
    """Yield the newest heartbeats on the topic, oldest first; what cannot be decoded is left to the dead letters.

    Raises
    ------
    Retryable
        If broker or registry do not answer.
    """
    topic = catalog.topic(TOPIC)
    codec = CodecSet.from_registry(settings.registry, (TOPIC,)).of(TOPIC)
    consumer = Consumer(client_configuration(settings.kafka) | {"group.id": "tapewire-feeds"})
    try:
        ends = {partition: partition_bounds(consumer, topic.kafka_name, partition) for partition in range(topic.partitions)}
    finally:
        consumer.close()
    starts = {partition: max(low, high - _READ_BACK) for partition, (low, high) in ends.items()}
    found = []
    for message in read_whole(settings.kafka, topic, starts=starts):
        try:
            found.append(Sign(message.timestamp()[1] / 1_000, codec.decode(message.value() or b"")))
        except UndecodableRecord:
            continue
    yield from sorted(found, key=lambda sign: sign.at_seconds)
