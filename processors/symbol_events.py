"""stage.symbol_events: trades of congress and headlines, which have other keys, under the symbols they concern.

A stage joins what has the same key; this gives disclosures and news the key of everything else. It looks at its topics rather than folding them:
at its start it reads them from their beginning, and its own topic, so that nothing is written again; what a crash makes it write twice
has the same id, and readers drop it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.kafka.worker_thread import run_in_thread
from infra.logging_setup import logger
from infra.patience import answer_of
from infra.recent_ids import RecentIds
from infra.retry import Backoff
from infra.unit import UnitContext
from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import CongressTrade, Headline, SymbolEvent, SymbolEventKind

NAME = "stage.symbol_events"
READS = ("reference.congress-trades", "news.headlines")
EVENTS = "derived.symbol-events"
_REMEMBERED = 200_000  # newest ids; beyond them an old record that is read again is written again, with its id
_PAUSE_SECONDS = 0.5
_PATIENCE_SECONDS = 120.0  # beyond the longest wait for the broker: a unit that is silent for longer hangs
log = logger(__name__)


def events_of(record: Record) -> Iterator[SymbolEvent]:
    """Yield a record under each symbol it concerns; none for one without a symbol."""
    if isinstance(record, CongressTrade) and record.symbol:
        kind = SymbolEventKind.CONGRESS_TRADE
        yield SymbolEvent(
            symbol=record.symbol, ts_event=record.ts_event, ts_received=record.ts_received, source=record.source, licence=record.licence,
            event_id=deterministic_id("symbol-event", kind.value, record.source, record.trade_id, record.symbol), kind=kind,
            reporter=record.reporter, transaction=record.transaction, amount_low=record.amount_low, amount_high=record.amount_high,
        )  # fmt: skip
    if isinstance(record, Headline):
        kind = SymbolEventKind.HEADLINE
        for symbol in dict.fromkeys(record.symbols):
            yield SymbolEvent(
                symbol=symbol, ts_event=record.ts_event, ts_received=record.ts_received, source=record.source, licence=record.licence,
                event_id=deterministic_id("symbol-event", kind.value, record.source, record.headline_id, symbol), kind=kind,
                headline=record.headline, publisher=record.publisher, sentiment=record.sentiment, is_major=record.is_major,
            )  # fmt: skip


async def run_symbol_events(context: UnitContext) -> None:
    """Follow the topics until told to stop."""
    stop = threading.Event()
    await run_in_thread(NAME, lambda: _work(context, stop), stop.set)


def _work(context: UnitContext, stop: threading.Event) -> None:
    settings = context.settings
    codecs = answer_of(context, NAME, lambda: CodecSet.from_registry(settings.registry, (*READS, EVENTS)))
    followers = {name: TopicFollower(settings.kafka, codecs, name) for name in (EVENTS, *READS)}  # its own first: what is written already
    producer = RecordProducer(settings, codecs, client_id=NAME)
    written_ids, backoff = RecentIds(_REMEMBERED), Backoff(cap_seconds=5.0)
    again_within = settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS
    try:
        while not (stop.is_set() or context.stop.is_set()):
            pause = _PAUSE_SECONDS
            try:
                read, written = _turn(written_ids, followers, producer)
                backoff.succeeded()
                context.health.report(NAME, ready=True, detail="following", records_in=read, records_out=written, again_within=again_within)
            except Retryable as error:
                pause = backoff.next_seconds(error.retry_after_seconds)
                log.warning("unit_waits", unit=NAME, seconds=round(pause, 2), error=str(error))
                context.health.report(NAME, ready=False, detail=f"waiting: {error}", again_within=again_within)
            stop.wait(pause)
    finally:
        for follower in followers.values():
            follower.close()
        producer.close()


def _turn(written_ids: RecentIds, followers: dict[str, TopicFollower], producer: RecordProducer) -> tuple[int, int]:
    read = written = 0
    for topic, follower in followers.items():
        for record in follower.catch_up():
            if isinstance(record, SymbolEvent):
                written_ids.add(record.event_id)
                continue
            read += 1
            for event in events_of(record):
                if written_ids.add(event.event_id):
                    written += 1
                    producer.send(EVENTS, event)
        if topic != EVENTS and written:
            producer.flush()
    return read, written
