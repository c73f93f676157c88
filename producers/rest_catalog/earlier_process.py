"""What an earlier process of a catalogue's feed left on the topics: how far it read, and how many requests it used up; blocking."""

from __future__ import annotations

from collections.abc import Mapping

from infra.kafka.codecs import CodecSet
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.whole_topic import read_whole
from infra.settings import Settings
from producers.publisher import REQUEST_COUNTS
from producers.rest_catalog.fetcher import CURSORS
from schemas import catalog as topics
from schemas.records import FeedCursor, RequestCount


def cursors_of(settings: Settings, name: str) -> Mapping[str, FeedCursor]:
    """Return how far a feed read, by line.

    Raises
    ------
    Retryable
        If the broker does not answer in time.
    """
    codec = CodecSet.from_registry(settings.registry, (CURSORS,)).of(CURSORS)
    found: dict[str, FeedCursor] = {}
    for message in read_whole(settings.kafka, topics.topic(CURSORS)):
        cursor: FeedCursor = codec.decode(message.value() or b"")
        if cursor.line.startswith(f"{name}:"):
            found[cursor.line] = cursor
    return found


def last_count(settings: Settings, name: str) -> RequestCount | None:
    """Return what a feed counted last, None if it never did; raises `Retryable` as `cursors_of`."""
    codecs = CodecSet.from_registry(settings.registry, (REQUEST_COUNTS,))
    follower = TopicFollower(settings.kafka, codecs, REQUEST_COUNTS)
    try:
        counts = [one for one in follower.catch_up() if isinstance(one, RequestCount) and one.feed == name]
    finally:
        follower.close()
    return counts[-1] if counts else None
