"""stage.reference: follows the reference topics and writes merged calendars and the day's lists.

Its input is small and its outputs are about all symbols at once, so it folds no partition and keeps no table: at its start it reads the
topics from their beginning, its own among them, and from then on what is new.
"""

from __future__ import annotations

import threading
from pathlib import Path

from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.worker_thread import run_in_thread
from infra.logging_setup import logger
from infra.patience import answer_of
from infra.retry import Backoff
from infra.unit import UnitContext
from processors.reference.economic_schedule import load_schedule
from processors.reference.keeper import Change, ReferenceKeeper
from processors.reference.topics import GAPPERS, READS, WRITES
from processors.reference.watchlist_history import write_history
from schemas.records import Watchlist

NAME = "stage.reference"
_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0  # beyond the longest wait for the broker: a unit that is silent for longer hangs
log = logger(__name__)


async def run_reference(context: UnitContext) -> None:
    """Keep the reference topics right until told to stop."""
    stop = threading.Event()
    await run_in_thread(NAME, lambda: _work(context, stop), stop.set)


def _work(context: UnitContext, stop: threading.Event) -> None:
    settings = context.settings
    keeper = ReferenceKeeper(settings.watchlists, load_schedule(), settings.macro.calendar_providers)
    codecs = answer_of(context, NAME, lambda: CodecSet.from_registry(settings.registry, tuple(dict.fromkeys((*READS, *WRITES)))))
    followers = {name: TopicFollower(settings.kafka, codecs, name) for name in READS}
    producer = RecordProducer(settings, codecs, client_id=NAME)
    backoff = Backoff(cap_seconds=5.0)
    again_within = settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS
    try:
        while not (stop.is_set() or context.stop.is_set()):
            pause = _PAUSE_SECONDS
            try:
                read, changes = _turn(context, keeper, followers, codecs, producer)
                backoff.succeeded()
                context.health.report(
                    NAME, ready=True, detail="following", records_in=read, records_out=len(changes), again_within=again_within
                )
            except Retryable as error:
                pause = backoff.next_seconds(error.retry_after_seconds)
                log.warning("unit_waits", unit=NAME, seconds=round(pause, 2), error=str(error))
                context.health.report(NAME, ready=False, detail=f"waiting: {error}", again_within=again_within)
            stop.wait(pause)
    finally:
        for follower in followers.values():
            follower.close()
        producer.close()


def _turn(
    context: UnitContext, keeper: ReferenceKeeper, followers: dict[str, TopicFollower], codecs: CodecSet, producer: RecordProducer
) -> tuple[int, list[Change]]:
    """Read what is new, write what follows from it; return how many records were read, and what was written."""
    now_us = context.clock.now_us()
    if keeper.begin(now_us):
        # The first records of a new day may have been read while it was still the old one, and left out.
        followers[GAPPERS].close()
        followers[GAPPERS] = TopicFollower(context.settings.kafka, codecs, GAPPERS)
    read = 0
    for follower in followers.values():
        records = follower.catch_up()
        keeper.take(records)  # at once: what is read and then lost to another topic's failure would not come again
        read += len(records)
    changes = list(keeper.changes(now_us))
    for change in changes:
        producer.send(change.topic, change.record)
    if changes:
        producer.flush()
    keeper.take(change.record for change in changes)
    keeper.settled()
    if context.settings.watchlists.history_folder:
        write_history(Path(context.settings.watchlists.history_folder), [one.record for one in changes if isinstance(one.record, Watchlist)])
    return read, changes
