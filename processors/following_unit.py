"""A unit that looks at small topics as they grow and writes what follows from them: no partition is folded, no table is kept.

Its work runs in a thread: read what is new, write, tell its condition, rest; while the broker is away it waits, longer each time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.worker_thread import run_in_thread
from infra.logging_setup import logger
from infra.patience import answer_of
from infra.retry import Backoff
from infra.settings import Settings
from infra.unit import UnitContext
from schemas.record import Record

_PATIENCE_SECONDS = 120.0  # beyond the longest wait for the broker: a unit that is silent for longer hangs
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Following:
    """What tells one such unit from another.

    Attributes
    ----------
    turn
        Reads what is new and writes what follows from it; returns how many records it read and wrote. It may raise `Retryable`, and is
        called again.
    doing
        What it does while all is well, in a word.
    reads, writes
        Logical topics.
    pause_seconds
        Real seconds between two turns.
    tail
        Begin so many offsets before the end of what is read; None begins at its beginning.
    """

    turn: Callable[[FollowedTopics], tuple[int, int]]
    doing: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    pause_seconds: float
    tail: int | None = None


class FollowedTopics:
    """What a turn reads from, and the producer it writes with."""

    def __init__(self, unit_name: str, following: Following, settings: Settings, codecs: CodecSet) -> None:
        self._following, self._settings, self._codecs = following, settings, codecs
        self._followers = {name: self._follower(name) for name in following.reads}
        self.producer = RecordProducer(settings, codecs, client_id=unit_name)

    def catch_up(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield each topic with what is new in it."""
        for name, follower in self._followers.items():
            yield name, follower.catch_up()

    def begin_again(self, name: str) -> None:
        """Read a topic anew."""
        self._followers[name].close()
        self._followers[name] = self._follower(name)

    def close(self) -> None:
        for follower in self._followers.values():
            follower.close()
        self.producer.close()

    def _follower(self, name: str) -> TopicFollower:
        return TopicFollower(self._settings.kafka, self._codecs, name, tail=self._following.tail)


async def run_following(context: UnitContext, name: str, prepare: Callable[[], Following]) -> None:
    """Take turns until told to stop; ``prepare`` runs in the unit's thread, too."""
    stop = threading.Event()
    await run_in_thread(name, lambda: _work(context, name, prepare(), stop), stop.set)


def _work(context: UnitContext, name: str, following: Following, stop: threading.Event) -> None:
    settings, topics = context.settings, tuple(dict.fromkeys((*following.reads, *following.writes)))
    codecs = answer_of(context, name, lambda: CodecSet.from_registry(settings.registry, topics))
    followed = FollowedTopics(name, following, settings, codecs)
    backoff = Backoff(cap_seconds=5.0)
    again_within = settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS
    try:
        while not (stop.is_set() or context.stop.is_set()):
            pause = following.pause_seconds
            try:
                read, written = following.turn(followed)
                backoff.succeeded()
                context.health.report(name, ready=True, detail=following.doing, records_in=read, records_out=written, again_within=again_within)
            except Retryable as error:
                pause = backoff.next_seconds(error.retry_after_seconds)
                log.warning("unit_waits", unit=name, seconds=round(pause, 2), error=str(error))
                context.health.report(name, ready=False, detail=f"waiting: {error}", again_within=again_within)
            stop.wait(pause)
    finally:
        followed.close()
