"""What a feed does with its payloads: publish each record once, fill what was missed, and know how complete it is."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.errors import Permanent, Retryable
from infra.logging_setup import logger
from infra.metrics import listed
from infra.unit import UnitContext
from producers.capture import Capture
from producers.deduplicator import DEDUPLICATED_TOPICS, Deduplicator
from producers.publisher import Publisher
from producers.source import FeedSpec, Parsed, Payload, Refused, Source, Stamps, Stream
from producers.tape_authority import Tape
from producers.volume_audit import VolumeAudit
from schemas.record import Record, UnencodableRecord
from schemas.records import Bar, FeedState, Quote, Trade

_RECEIVE_SECONDS = 0.1
_SLICE_US = 600 * MICROSECONDS  # a long outage is fetched, sorted and published in pieces that fit into memory
_WAITING_GAPS = 256
log = logger(__name__)


class FeedSession:
    """One process's run of one feed, over any number of connections.

    Parameters
    ----------
    spec, source, context
        The feed, its vendor and its surroundings.
    publisher
        Where records go; its watermark is where the run begins.
    published
        Records that are out already.
    capture
        Keeps payloads for playback, if wanted.
    """

    def __init__(
        self,
        spec: FeedSpec,
        source: Source,
        context: UnitContext,
        publisher: Publisher,
        published: Deduplicator,
        capture: Capture | None,
    ) -> None:
        self._spec = spec
        self._source = source
        self._context = context
        self._clock = context.clock
        self.publisher = publisher
        self._published = published
        self._capture = capture
        self._audit = VolumeAudit(context.clock.now_us())
        self._gaps: asyncio.Queue[tuple[str, int, int]] = asyncio.Queue(_WAITING_GAPS)
        self._limits = spec.limits(context.settings)
        self._tolerance_us = round(self._limits.future_tolerance_seconds * MICROSECONDS)
        self._delay_us = self._limits.delay_seconds * MICROSECONDS
        self._tape = Tape(context.settings, self._limits.delay_seconds)
        self._live_us = 0  # market moment at which the connection was caught up
        self._following = asyncio.Lock()
        self._tracer = context.tracer
        self._age = listed.FEED_AGE.of(spec.name)
        self._age.begin()

    async def publish(self, payload: Payload) -> int | None:
        """Publish a payload and the new records in it; return the newest watermarked event time, if any."""
        began = monotonic_seconds()
        published_us = self._keep(payload)
        stamps = self._stamps(payload, published_us)
        newest_us: int | None = None
        truth = self.publisher.truth
        seen: dict[str, list[int]] = {}  # watermarked topic -> records, repeats among them
        items = self._source.parse(payload, stamps)
        headers = self._begin_trace(payload, items) if self._tracer.begins() else None
        together: dict[str, list[Record]] = {}  # a payload of the busiest channel holds hundreds
        for item in items:
            if isinstance(item, Refused):
                await self.publisher.refuse(item)
                continue
            admitted = self._tape.admits_record(item.record)
            is_new = admitted and self._is_new(item)
            if is_new and headers is not None:
                await self._send(payload, item.topic, [item.record], headers if item.topic in self._spec.watermarked else None)
            elif is_new:
                together.setdefault(item.topic, []).append(item.record)
            if item.topic in self._spec.watermarked:
                newest_us = max(newest_us or 0, item.record.ts_event)  # type: ignore[attr-defined]
                counts = seen.get(item.topic) or seen.setdefault(item.topic, [0, 0])
                counts[0] += admitted
                if not is_new:
                    # What the history had already brought comes again from the socket's buffer: no fault of the vendor.
                    counts[1] += admitted and item.record.ts_event >= self._live_us  # type: ignore[attr-defined]
                elif truth.looks_left > 0:
                    truth.look(item.topic, item.record)
            elif isinstance(item.record, Bar) and self._tape.admits(item.record.source, item.record.symbol):
                self._check_volume(item.record)
        for topic, (records, repeats) in seen.items():
            truth.count(topic, records, repeats)
        for topic, new in together.items():
            await self._send(payload, topic, new)
        if payload.acknowledge is not None:
            self.publisher.when_acknowledged(payload.acknowledge)
        self.publisher.parsed(len(items))
        listed.BATCH_RECORDS.seen(len(items), self._spec.name)
        listed.STEP_SECONDS.seen(monotonic_seconds() - began, self._spec.name)
        return newest_us

    async def catch_up(self) -> int:
        """Fetch and publish everything from the watermark until now that is not out yet; return how many records that were."""
        start_us = self.publisher.watermark_us or self._clock.now_us()
        recovered = 0
        while True:
            end_us = start_us + _SLICE_US
            if end_us >= self._clock.now_us() - self._delay_us:
                return recovered + await self._recover(start_us, None, None)
            recovered += await self._recover(start_us, end_us, None)
            self.publisher.advance(end_us)
            start_us = end_us

    async def follow(self, stream: Stream) -> None:
        """Publish what the stream brings until told to stop; then the broker has it, and who wants to know is told while the line is open.

        While data flows, the newest event moves the watermark. In a quiet market the answered pings do, some way behind, so
        that ticks go on.
        """
        async with self._following:
            await self._follow(stream)
            await self.publisher.settle()

    async def end_of_following(self) -> None:
        """Wait until nothing is followed any more."""
        async with self._following:
            pass

    async def _follow(self, stream: Stream) -> None:
        self._live_us = self._clock.now_us()
        quiet_seconds, detail = self._limits.quiet_seconds, self.detail(stream)
        last_data = monotonic_seconds()
        answered_us = stream.complete_until_us
        self._age.mark()
        while not self._context.stop.is_set():
            payload = await stream.receive(_RECEIVE_SECONDS)
            if payload is not None or stream.complete_until_us != answered_us:
                answered_us = stream.complete_until_us
                self._age.mark()
            if self.detail(stream) != detail:
                detail = self.detail(stream)
                self.publisher.report(FeedState.LIVE, detail)
            if payload is not None:
                listed.FEED_FRAMES.add(1, self._spec.name)
                newest_us = await self.publish(payload)
                if newest_us is not None:
                    last_data = monotonic_seconds()
                    # An event stamped ahead of the clock must not make those that are on time late.
                    self.publisher.advance(min(newest_us, self._clock.now_us()))
            elif stream.complete_until_us is not None and monotonic_seconds() - last_data > quiet_seconds:
                self.publisher.advance(stream.complete_until_us - self._delay_us - self._market_us(quiet_seconds))

    def detail(self, stream: Stream) -> str | None:
        """Return what people should know of a connection that is live."""
        return "; ".join(filter(None, (self._tape.detail, stream.detail))) or None

    async def mend_gaps(self) -> None:
        """Fetch the stretches in which prints seem to be missing, one after the other, for ever."""
        while True:
            symbol, start_us, end_us = await self._gaps.get()
            try:
                recovered = await self._recover(start_us, end_us, (symbol,))
            except (Retryable, Permanent) as error:
                log.warning("gap_not_mended", feed=self._spec.name, symbol=symbol, error=str(error))
                continue
            if recovered:
                log.info("gap_mended", feed=self._spec.name, symbol=symbol, start_us=start_us, records=recovered)

    async def _recover(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None) -> int:
        """Publish what history has in ``[start_us, end_us)`` and the topics have not, in time order, flagged as back-filled."""
        found: list[tuple[Parsed, Payload]] = []
        async for payload in self._source.history(start_us, end_us, symbols):
            received_us = self._keep(payload)
            stamps = self._stamps(payload, received_us, backfilled=True)
            for item in self._source.parse(payload, stamps):
                if isinstance(item, Refused):
                    await self.publisher.refuse(item)
                else:
                    found.append((item, payload))
        found.sort(key=lambda one: one[0].record.ts_event)  # type: ignore[attr-defined]
        published_us = self._clock.now_us()
        recovered = 0
        for item, payload in found:
            record = dataclasses.replace(item.record, ts_published=published_us)  # type: ignore[type-var]
            if self._tape.admits_record(record) and self._is_new(Parsed(item.topic, record)):
                await self._send(payload, item.topic, [record])
                recovered += 1
        self.publisher.parsed(len(found))
        listed.FEED_RECOVERED.add(recovered, self._spec.name)
        return recovered

    def _stamps(self, payload: Payload, published_us: int, *, backfilled: bool = False) -> Stamps:
        return Stamps(payload.received_us, published_us, published_us + self._tolerance_us, backfilled, self._limits.delay_seconds)

    def _begin_trace(self, payload: Payload, items: Sequence[Parsed | Refused]) -> dict[str, str | bytes] | None:
        """Begin a trace with this frame, if it holds anything that is traced; return what the records' headers say of it."""
        symbols = sorted({str(item.record.symbol) for item in items if isinstance(item, Parsed) and isinstance(item.record, (Trade, Quote))})
        if not symbols:
            return None
        frame = self._tracer.start("vendor frame", unit=self._spec.name, endpoint=payload.endpoint, symbols=symbols, records=len(items))
        published = self._tracer.start("records published", frame.parent, unit=self._spec.name)
        frame.end()
        self.publisher.when_acknowledged(published.end)
        return published.headers

    async def _send(self, payload: Payload, topic: str, records: Sequence[Record], headers: Mapping[str, str | bytes] | None = None) -> None:
        """Send new records of a payload; one that its topic cannot hold is put aside alone."""
        try:
            if headers is None:
                self.publisher.record_all(topic, records)
            else:
                self.publisher.record(topic, records[0], headers)
        except (Permanent, UnencodableRecord) as error:  # nothing of them was sent
            if len(records) == 1:
                await self.publisher.refuse(Refused(topic, payload.body, Permanent(str(error))))
                return
            for record in records:
                await self._send(payload, topic, [record])

    def _is_new(self, item: Parsed) -> bool:
        """Tell whether a record is not out yet, and take it for published."""
        if item.topic in DEDUPLICATED_TOPICS and not self._published.is_new(item.topic, item.record):
            return False
        if isinstance(item.record, Trade):
            self._audit.count(item.record)
        return True

    def _check_volume(self, bar: Bar) -> None:
        if self._limits.audited_symbols is not None and bar.symbol not in self._limits.audited_symbols:
            return
        stretch = self._audit.suspect(bar)
        if stretch is not None and not self._gaps.full():
            self._gaps.put_nowait((bar.symbol, *stretch))
            self.publisher.gaps += 1

    def _keep(self, payload: Payload) -> int:
        """Send the payload as received; return the moment."""
        self.publisher.raw(payload)
        if self._capture is not None:
            self._capture.write(payload)
        return self._clock.now_us()

    def _market_us(self, real_seconds: float) -> int:
        real_seconds_a_market_second = self._clock.real_seconds(1.0)
        return round(real_seconds / real_seconds_a_market_second * MICROSECONDS) if real_seconds_a_market_second else 0
