"""Plays recorded payloads back through a feed's own producer: the same parser, duplicate check, dead letters, topics and heartbeats.

A tape is a file that `Capture` wrote, or plain lines with a frame each, gzipped or not, e.g. a capture of somebody else's.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import orjson

from infra.clock import Clock
from infra.errors import ConfigurationError
from infra.unit import UnitContext
from producers.capture import read_capture
from producers.rest_catalog.feed import catalogs, play_answers
from producers.source import Payload, feeds
from producers.supervisor import opened
from schemas.records import FeedState


def read_tape(path: Path, clock: Clock) -> Iterator[Payload]:
    """Yield the payloads of a tape; a bare frame is received now.

    Raises
    ------
    ConfigurationError
        If there is no such file.
    """
    if not path.is_file():
        raise ConfigurationError(f"expected a tape at {path}, found no file")
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        first = orjson.loads(next(iter(lines), b"null"))
    if isinstance(first, dict) and first.keys() >= {"endpoint", "received_us", "body"}:
        yield from read_capture(path)
        return
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            yield Payload("tape", line.rstrip(b"\r\n"), clock.now_us())


async def play_tape(feed: str, path: Path, context: UnitContext) -> int:
    """Publish everything on a tape as the feed would; return how many payloads that were.

    Raises
    ------
    ConfigurationError
        If there is no such feed.
    """
    if feed in catalogs():
        return await play_answers(feed, read_tape(path, context.clock), context)
    spec = feeds().get(feed)
    if spec is None:
        raise ConfigurationError(f"expected a feed out of {', '.join(sorted((*feeds(), *catalogs())))}; found {feed}")
    played = 0
    async with opened(spec, spec.build(context.settings, context.clock), context) as session:
        session.publisher.report(FeedState.BACKFILLING, f"plays {path.name}")
        for payload in read_tape(path, context.clock):
            newest_us = await session.publish(payload)
            session.publisher.advance(newest_us or payload.received_us)
            played += 1
        await session.publisher.heartbeat()
    return played
