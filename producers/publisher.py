"""Puts a feed's records on their topics and says how complete they are: raw payload first, then records, then the heartbeat."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from infra.clock import MICROSECONDS, Clock, monotonic_seconds
from infra.errors import Fatal, TapewireError
from infra.health import Health
from infra.kafka.dead_letter import DeadLetterLimits, DeadLetters
from infra.kafka.producer import RecordProducer
from infra.logging_setup import logger
from infra.settings import TruthSettings
from producers.capture import Capture
from producers.source import Crossed, Payload, Refused
from producers.truth_limits import TruthLimits
from producers.truth_meter import JUDGE_SECONDS, TruthMeter
from schemas import catalog
from schemas.record import Record
from schemas.records import FeedFault, FeedHeartbeat, FeedPosition, FeedState, Licence, RawPayload, RequestCount

REQUEST_COUNTS = "ops.request-counts"
_LONGEST_PAUSE_SECONDS = 1.0
log = logger(__name__)


class Publisher:
    """One feed's way to Kafka.

    Parameters
    ----------
    feed
        Unit name.
    producer
        Its codecs hold every topic of the feed.
    dead_letters
        Takes what does not fit.
    watermarked
        Logical topics whose positions go into heartbeats.
    positions
        Next offsets of these topics when the process began.
    again_within
        Real seconds after which a feed that says nothing counts as hanging.
    limits
        When too much does not fit; for a feed that judges each endpoint by itself, none.
    truth
        Judges what goes out; by default nothing is measured.
    mode
        live, demo, replay or delayed.
    licence
        What the vendor's terms allow.
    capture
        Keeps payloads for playback, if wanted.
    delay_seconds
        By which the vendor's plan holds its data back: not a lag of ours.
    """

    def __init__(
        self,
        feed: str,
        producer: RecordProducer,
        dead_letters: DeadLetters,
        clock: Clock,
        health: Health,
        watermarked: tuple[str, ...],
        positions: Mapping[tuple[str, int], int],
        again_within: float | None = None,
        limits: DeadLetterLimits | None = None,
        truth: TruthMeter | None = None,
        mode: str | None = None,
        licence: Licence | None = None,
        capture: Capture | None = None,
        delay_seconds: int = 0,
    ) -> None:
        self._feed = feed
        self._vendor = feed.rpartition(".")[2]
        self._producer = producer
        self._dead_letters = dead_letters
        self._limits = limits or DeadLetterLimits()
        self.truth = truth or TruthMeter(watermarked, TruthLimits(TruthSettings()))
        self._mode, self._licence, self._capture = mode, licence, capture
        self._told_faults: tuple[FeedFault, ...] = ()
        self._budget: tuple[int, int] | None = None
        self._breakers: tuple[str, ...] = ()
        self._refused = 0
        self._beat_at = float("-inf")
        self.gaps = 0
        self._clock = clock
        self._health = health
        self._watermarked = frozenset(catalog.topic(name).kafka_name for name in watermarked)
        self._positions = dict(positions)
        self._due = asyncio.Event()
        self._watermark_us: int | None = None
        self._state = FeedState.CONNECTING
        self._detail: str | None = None
        self._published = 0
        self._parsed = 0
        self._told = (0, 0)
        self._unacknowledged_since = 0
        self._calls: list[Callable[[], None]] = []
        self._settling = asyncio.Lock()
        self._last_published_us = 0
        self._again_within = again_within
        self._delay_seconds = delay_seconds
        self.reconnects = 0

    @property
    def watermark_us(self) -> int | None:
        """Every record before this moment is sent."""
        return self._watermark_us

    def raw(self, payload: Payload) -> None:
        """Send a payload as received, and record it."""
        if self._capture is not None:
            self._capture.write(payload)
        self._producer.send(
            "raw.payloads",
            RawPayload(
                source=self._vendor,
                endpoint=payload.endpoint,
                parameters=payload.parameters,
                ts_received=payload.received_us,
                ts_published=self._clock.now_us(),
                content_type=payload.content_type,
                body=payload.body,
            ),
        )

    def record(self, topic: str, record: Record, headers: Mapping[str, str | bytes] | None = None) -> None:
        """Send a record."""
        self._producer.send(topic, record, headers=headers)
        self._published += 1
        self._limits.good()

    def record_all(self, topic: str, records: Sequence[Record]) -> None:
        """Send records of one topic in order."""
        self._producer.send_many(topic, records)
        self._published += len(records)
        self._limits.good(len(records))

    def requests(self, day: str, of_day: int, month: str, of_month: int) -> None:
        """Send how many requests are used up: the process after this one goes on counting."""
        counts = RequestCount(
            feed=self._feed, day=day, requests_of_day=of_day, month=month, requests_of_month=of_month, ts_published=self._clock.now_us()
        )
        self._producer.send(REQUEST_COUNTS, counts)

    def parsed(self, records: int) -> None:
        """Count the records found in a payload, published or not."""
        self._parsed += records

    def when_acknowledged(self, call: Callable[[], None]) -> None:
        """Call this when the broker has what was sent until now."""
        self._calls.append(call)

    async def refuse(self, refused: Refused) -> None:
        """Put what does not fit aside; raises `Fatal` when it is too much."""
        self._refused += 1
        self.truth.refused(refused.topic, is_crossed=isinstance(refused.error, Crossed))
        await self._dead_letters.put(topic=refused.topic, value=refused.value, error=refused.error)
        self._limits.bad()

    def advance(self, watermark_us: int) -> None:
        """State that every record before this moment has been sent; never steps back."""
        before = self._watermark_us
        if before is not None and watermark_us <= before:
            return
        self._watermark_us = watermark_us
        if before is None or watermark_us // MICROSECONDS > before // MICROSECONDS:
            self._due.set()

    def report(self, state: FeedState, detail: str | None = None) -> None:
        """State the feed's condition."""
        self._state, self._detail = state, detail
        self._health.report(
            self._feed, ready=state is FeedState.LIVE, detail=detail or state.value.lower(), again_within=self._again_within
        )
        self._due.set()

    def hold_against(self, faults: Sequence[FeedFault]) -> None:
        """State what is wrong beside what is measured here, e.g. endpoints that fail; empty when nothing is."""
        since = {(fault.kind, fault.topics, fault.reason): fault.since for fault in self._told_faults}
        now_us = self._clock.now_us()
        told = tuple(replace(fault, since=since.get((fault.kind, fault.topics, fault.reason), now_us)) for fault in faults)
        if told != self._told_faults:
            self._told_faults = told
            self._due.set()

    def spent(self, used: int, limit: int, breakers: Sequence[str]) -> None:
        """State how much of the budget of requests is used, and which endpoints are left alone."""
        self._budget, self._breakers = (used, limit), tuple(breakers)

    async def run_heartbeats(self, stop: asyncio.Event) -> None:
        """Send a heartbeat whenever the watermark reaches another market second or a fault comes or goes, and at least every real second.

        Raises
        ------
        Fatal
            If the broker does not acknowledge: the hole closes when the next process resumes from the last heartbeat.
        """
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), JUDGE_SECONDS)
            if self._judge() or self._due.is_set() or monotonic_seconds() - self._beat_at >= _LONGEST_PAUSE_SECONDS - JUDGE_SECONDS / 2:
                self._due.clear()
                await self.heartbeat()

    def _judge(self) -> bool:
        changed = self.truth.judge(self._clock.now_us(), monotonic_seconds(), is_live=self._state is FeedState.LIVE)
        if changed and self.truth.faults:
            log.warning("feed_bad", feed=self._feed, faults=[f"{fault.kind.value}: {fault.reason}" for fault in self.truth.faults])
        elif changed and self._state is FeedState.LIVE:
            log.info("feed_good", feed=self._feed)
        return changed

    async def settle(self) -> None:
        """Wait until the broker has all that was sent, and call those who asked for it, whoever else is waiting for the same.

        Raises
        ------
        Fatal
            If the broker does not acknowledge.
        """
        async with self._settling:
            calls, self._calls = self._calls, []
            try:
                await self._producer.acknowledged()
                await self._producer.settle_positions()
            except TapewireError as error:
                raise Fatal(f"expected {self._feed}'s records to be acknowledged, found {error}") from error
            for call in calls:
                call()

    async def heartbeat(self) -> None:
        """Wait for the acknowledgement of all that was sent, then send a heartbeat that covers it."""
        watermark_us, published = self._watermark_us, self._published
        self._beat_at = monotonic_seconds()
        self._tell(in_flight=published - self._unacknowledged_since)
        await self.settle()
        self._unacknowledged_since = published
        if watermark_us is None:
            return
        self._positions |= {place: offset for place, offset in self._producer.positions.items() if place[0] in self._watermarked}
        # Heartbeats are told apart by their stamp; two within a microsecond of a scaled clock must not be equal.
        self._last_published_us = max(self._clock.now_us(), self._last_published_us + 1)
        self._producer.send(
            "ops.heartbeats",
            FeedHeartbeat(
                feed=self._feed,
                ts_event=watermark_us,
                ts_published=self._last_published_us,
                state=self._state,
                positions=tuple(FeedPosition(topic=t, partition=p, next_offset=o) for (t, p), o in sorted(self._positions.items())),
                records_published=published,
                reconnects=self.reconnects,
                detail=self._detail,
                faults=(*self.truth.faults, *self._told_faults),
                readings=self.truth.readings,
                gaps=self.gaps,
                dead_letters=self._refused,
                breakers_open=self._breakers,
                budget_used=None if self._budget is None else self._budget[0],
                budget_limit=None if self._budget is None else self._budget[1],
                delay_seconds=self._delay_seconds,
                mode=self._mode,
                licence=self._licence,
            ),
        )
        lag_seconds = max(0.0, (self._last_published_us - watermark_us) / MICROSECONDS - self._delay_seconds)
        self._tell(in_flight=self._published - published, lag_seconds=lag_seconds)

    def _tell(self, *, in_flight: int, lag_seconds: float | None = None) -> None:
        parsed, published = self._told
        self._told = (self._parsed, self._published)
        self._health.report(
            self._feed,
            in_flight=in_flight,
            lag_seconds=lag_seconds,
            records_in=self._parsed - parsed,
            records_out=self._published - published,
            again_within=self._again_within,
        )
