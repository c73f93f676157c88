"""Makes one call of a catalogue: asks for its pages, publishes them as received, then the records in them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from infra.clock import MICROSECONDS, Clock
from infra.errors import Fatal, Permanent
from infra.kafka.dead_letter import DeadLetterLimits
from infra.logging_setup import logger
from infra.metrics import listed
from producers.next_page import query_of
from producers.rest import Answer
from producers.rest_catalog import snapshots
from producers.rest_catalog.call_errors import Unusable, accepted
from producers.rest_catalog.catalog import SYMBOL_PLACES
from producers.rest_catalog.costs import Costs
from producers.rest_catalog.endpoint import Endpoint, Rows, Vendor
from producers.rest_catalog.latest import Key
from producers.rest_catalog.payload_rows import ReadAnswer, read_answer
from producers.rest_catalog.record_memory import RecordMemory
from producers.rest_catalog.request import request_of
from producers.rest_catalog.row_memory import RowMemory
from producers.rest_catalog.row_steps import ROW_STEPS
from producers.rest_catalog.schedule import Line
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.record import Record, UnencodableRecord
from schemas.records import FeedCursor

_TOLERANCE_US = 60 * MICROSECONDS  # an event further ahead of the clock does not fit
CURSORS = "ops.cursors"
_RAW = "raw.payloads"
_NONE: Mapping[str, FeedCursor] = {}
log = logger(__name__)


class Client(Protocol):
    """Whom the vendor is asked through; `producers.rest.RestClient` is one."""

    async def ask(self, path: str, endpoint: str, query: Sequence[tuple[str, str]], parameters: Mapping[str, str]) -> Answer:
        """Send one request and return the answer, good or bad."""


class Output(Protocol):
    """Where payloads and records go; `producers.publisher.Publisher` is one."""

    def raw(self, payload: Payload) -> None:
        """Take a payload as received."""

    def record(self, topic: str, record: Record) -> None:
        """Take a record."""

    def record_all(self, topic: str, records: Sequence[Record]) -> None:
        """Take records of one topic in order: all of them, or none if one does not fit."""

    def parsed(self, records: int) -> None:
        """Count the records found in a payload."""

    async def refuse(self, refused: Refused) -> None:
        """Take what does not fit."""

    def when_acknowledged(self, call: Callable[[], None]) -> None:
        """Call this when everything taken until now is safe."""


class Fetcher:
    """Calls of one vendor.

    Parameters
    ----------
    unit
        Name of the feed.
    observe
        Sees every answer, for the limits in its headers.
    room
        Waits until the budget has room for another page of a line.
    cursors
        How far an earlier process read, by line.
    answered
        Told of each request that is over, with an answer or without one.
    """

    def __init__(
        self, unit: str, client: Client, output: Output, clock: Clock,
        observe: Callable[[Answer], None], room: Callable[[Line], Awaitable[None]], cursors: Mapping[str, FeedCursor] = _NONE,
        answered: Callable[[Line], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.costs = Costs()
        self._unit = unit
        self._client = client
        self._output = output
        self._clock = clock
        self._observe = observe
        self._room = room
        self._answered = answered
        self._cursors = cursors
        self._memories: dict[Key, tuple[Rows, RowMemory]] = {}
        self._sent: dict[Key, RecordMemory] = {}
        self._limits: dict[str, DeadLetterLimits] = {}

    async def fetch(self, line: Line, vendor: Vendor) -> Payload:
        """Make one call with all its pages; return the newest page. If the vendor's file wants it, it is kept as a snapshot, too.

        Raises
        ------
        Limited, NotInPlan, Unlicensed, Retryable, Permanent
            As `Answer.accepted`; `Unusable` when the answer does not fit.
        """
        rows, memory = line.endpoint.rows, self._memory(line)
        query, first, taken = [*line.query], None, list[Any]()
        if rows.newer_than and (cursor := memory.cursor()) is not None:
            query = [*(pair for pair in query if pair[0] != rows.newer_than), (rows.newer_than, cursor)]
        if rows.page_rows and rows.page:
            query.append((rows.page, str(rows.first_page)))
        for page in range(rows.pages):
            if page:
                await self._room(line)
            payload = await self._page(line, vendor, query)
            first = first or payload
            answer = await self._read(line.endpoint, payload)
            found = [] if answer is None else memory.settled(answer.rows, payload.received_us)
            marks = memory.marks(found) if rows.new_only else []
            try:
                await self._publish(line, payload, answer, memory.new(found, marks) if rows.new_only else found)
            finally:
                memory.remember(marks)  # also what did not fit: it is a dead letter, and must not count again with every answer
            taken += found
            if answer is None or not self._next_page(query, line, answer, memory, page):
                break
        else:
            if rows.pages > 1:
                log.warning("rest_pages_exhausted", unit=self._unit, endpoint=line.endpoint.id, symbol=line.symbol, pages=rows.pages)
        memory.taken(taken)
        assert first is not None, "there is at least one page"
        self._note(line, memory, taken)
        if vendor.snapshots:
            for snapshot in snapshots.snapshots(self._unit.rpartition(".")[2], line, first, self._clock.now_us()):
                self._output.record(snapshots.TOPIC, snapshot)
        return first

    async def play(self, endpoint: Endpoint, payload: Payload) -> None:
        """Publish an answer that was recorded, as if it came now; what does not fit is put aside."""
        self._output.raw(payload)
        with contextlib.suppress(Unusable):
            line = Line(endpoint, payload.parameters.get(SYMBOL_PLACES[0]), 0, ())
            answer = await self._read(endpoint, payload)
            await self._publish(line, payload, answer, [] if answer is None else answer.rows)

    def _note(self, line: Line, memory: RowMemory, taken: Sequence[Any]) -> None:
        """Have the line's cursor written once its rows are safe: before, a crash between the two would lose them."""
        newest_us = memory.newest_us
        if not line.endpoint.rows.newer_than or newest_us is None or not taken:
            return
        name, now_us = cursor_name(self._unit, line), self._clock.now_us()
        cursor = FeedCursor(line=name, ts_newest=newest_us, seen=memory.overlapping(taken), ts_published=now_us)
        self._output.when_acknowledged(lambda: self._output.record(CURSORS, cursor))

    def _next_page(self, query: list[tuple[str, str]], line: Line, answer: ReadAnswer, memory: RowMemory, page: int) -> bool:
        """Turn the query to the page after; False when there cannot be one."""
        rows, found = line.endpoint.rows, answer.rows
        if rows.next_page:
            address = answer.next_address(rows.next_page)
            in_path = [pair for pair in query if f"{{{pair[0]}}}" in line.endpoint.path]
            query[:] = in_path + query_of(address or "")
            return address is not None
        if not rows.page_rows or len(found) < rows.page_rows:
            return False
        if rows.page:
            query[:] = [pair for pair in query if pair[0] != rows.page] + [(rows.page, str(rows.first_page + page + 1))]
            return True
        oldest = min((row for row in found if memory.moment_of(row) is not None), key=lambda row: memory.moment_of(row) or 0, default=None)
        if not rows.older_than or oldest is None:
            return False
        pair = (rows.older_than, str(oldest[rows.time]))
        if pair in query:
            return False  # a page whose rows all have one moment would come again for ever
        query[:] = [one for one in query if one[0] != rows.older_than] + [pair]
        return True

    async def _page(self, line: Line, vendor: Vendor, query: Sequence[tuple[str, str]]) -> Payload:
        template = vendor.base_path + line.endpoint.path
        path, rest, parameters = request_of(line, vendor.base_path, query)
        self.costs.count(line.endpoint)
        listed.REST_COST.add(float(line.endpoint.cost), self._unit, line.endpoint.id)
        try:
            answer = await self._client.ask(path, template, rest, parameters)
        finally:
            self._answered(line)
        self._observe(answer)
        payload = accepted(answer, template, vendor.refusals)
        self._output.raw(payload)
        return payload

    async def _read(self, endpoint: Endpoint, payload: Payload) -> ReadAnswer | None:
        """Return what is in an answer, if anything depends on its rows."""
        if not _needs_rows(endpoint):
            return None
        try:
            return read_answer(payload, endpoint.rows.path)
        except Permanent as error:
            await self._output.refuse(Refused(_letters_of(endpoint), payload.body, error))
            raise Unusable(str(error), error.field_path) from error

    async def _publish(self, line: Line, payload: Payload, answer: ReadAnswer | None, rows: Sequence[Any]) -> None:
        """Publish the records of a page; what does not fit becomes dead letters, the rest goes on."""
        endpoint = line.endpoint
        if endpoint.transform is None:
            return
        sent = self._sent.setdefault(line.key, RecordMemory()) if endpoint.once else None
        limits, is_checked_only = self._limits.setdefault(endpoint.id, DeadLetterLimits()), set(endpoint.topics) <= {_RAW}
        items, body = self._items(endpoint, payload, answer, rows)
        refused = [item for item in items if isinstance(item, Refused)]
        together: dict[str, list[Record]] = {}
        for item in items:
            if isinstance(item, Parsed) and (sent is None or sent.is_new(item.record)):
                together.setdefault(item.topic, []).append(item.record)
        for topic, records in together.items():
            refused += self._send(topic, records, payload.body)
        limits.good(len(items) - len(refused))
        if sent is not None:
            sent.remember([item.record for item in items if isinstance(item, Parsed)])
        self._output.parsed(len(items))
        nothing_fits = bool(refused) and len(refused) == len(items)
        if is_checked_only:  # no record tells of a row that fits: only an answer that is refused as a whole is unusable
            nothing_fits = any(one.value == body for one in refused)
        if nothing_fits:
            # The whole answer once: hundreds of letters of its rows would say the same.
            refused = [Refused(refused[0].topic, payload.body, refused[0].error)]
        for one in refused:
            await self._output.refuse(one)
        try:
            for _ in refused if nothing_fits or not is_checked_only else ():
                limits.bad()
        except Fatal as error:
            # Not fatal here: this endpoint is left alone, the others go on.
            del self._limits[endpoint.id]
            raise Unusable(str(error)) from error
        if nothing_fits:
            raise Unusable(str(refused[0].error), refused[0].error.field_path)

    def _send(self, topic: str, records: Sequence[Record], body: bytes) -> list[Refused]:
        """Send records of an answer; return what its topic cannot hold."""
        try:
            self._output.record_all(topic, records)
        except (Permanent, UnencodableRecord) as error:  # nothing of them was sent
            if len(records) == 1:
                return [Refused(topic, body, Permanent(str(error)))]
            return [refused for record in records for refused in self._send(topic, [record], body)]
        return []

    def _items(
        self, endpoint: Endpoint, payload: Payload, answer: ReadAnswer | None, rows: Sequence[Any]
    ) -> tuple[Sequence[Parsed | Refused], bytes]:
        """Return what became of the rows, and the body they were parsed from."""
        stamps = Stamps(payload.received_us, self._clock.now_us(), self._clock.now_us() + _TOLERANCE_US)
        try:
            if answer is not None:
                if not rows:
                    return (), payload.body
                for step in endpoint.steps:
                    rows = ROW_STEPS[step.name](rows, step.options)
                if endpoint.steps or len(rows) != len(answer.rows):
                    payload = answer.with_rows(rows)
            return transforms()[endpoint.transform or ""](payload, stamps, endpoint.options), payload.body
        except Permanent as error:
            return (Refused(_letters_of(endpoint), payload.body, error),), payload.body
        except Exception as error:  # a transform's bug on one vendor's whim must not stop the other endpoints
            log.exception("rest_transform_failed", unit=self._unit, endpoint=endpoint.id, error=repr(error))
            strange = Permanent(f"expected {endpoint.transform} to take it, found {error!r}", "")
            return (Refused(_letters_of(endpoint), payload.body, strange),), payload.body

    def _memory(self, line: Line) -> RowMemory:
        """Return the memory of a line; a new one when the file says something else of its rows."""
        rows, memory = self._memories.get(line.key, (None, None))
        if memory is None or rows != line.endpoint.rows:
            memory = RowMemory(line.endpoint.rows)
            before = self._cursors.get(cursor_name(self._unit, line))
            if before is not None and line.endpoint.rows.newer_than:
                memory.resume(before.ts_newest, before.seen)
            self._memories[line.key] = (line.endpoint.rows, memory)
        return memory


def cursor_name(unit: str, line: Line) -> str:
    """Return the name under which a line's cursor is kept."""
    endpoint, symbol, variant = line.key
    return f"{unit}:{endpoint}:{symbol or snapshots.WHOLE_MARKET}:{variant}"


def _needs_rows(endpoint: Endpoint) -> bool:
    rows = endpoint.rows
    return bool(rows.new_only or rows.page_rows or rows.next_page or rows.newer_than or rows.open_seconds or endpoint.steps)


def _letters_of(endpoint: Endpoint) -> str:
    """Return the topic whose dead letters take what does not fit as a whole."""
    return endpoint.topics[0] if endpoint.topics else "raw.payloads"


async def no_room_needed(_: Line) -> None:
    """Wait for nothing: what is recorded costs no request."""


async def until_room(ask: Callable[[], int | None], clock: Clock) -> None:
    """Wait until ``ask`` returns None; it returns the moment at which to ask again."""
    while (moment_us := ask()) is not None:
        seconds = clock.real_seconds((moment_us - clock.now_us()) / MICROSECONDS)
        await asyncio.sleep(min(max(seconds, 0.001), 0.25))
