"""Fetches from one broker: a request under way, its answer taken apart, the next request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence, Set
from typing import Any, NamedTuple

from aiokafka.structs import TopicPartition

from infra.clock import monotonic_seconds
from infra.kafka.fetch_connection import FetchConnection
from infra.kafka.fetch_wire import FetchRequest, parse_response, whole_batches
from infra.kafka.received import Place

WAIT_MS = 500
MOST_BYTES = 16 * 1024 * 1024
MOST_PARTITION_BYTES = 4 * 1024 * 1024
SMALL_BYTES = 64 * 1024
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = WAIT_MS / 1_000 + 10.0


class Arrival(NamedTuple):
    """Record batches of one partition.

    Attributes
    ----------
    offset
        Where the request began: records below it were delivered before.
    next_offset
        Where the next request begins.
    state
        aiokafka's, of the partition.
    aborted
        (producer id, first offset) of transactions that were aborted.
    batches
        Whole record batches as the broker keeps them, control batches and aborted ones included.
    """

    place: TopicPartition
    offset: int
    next_offset: int
    state: Any
    aborted: tuple[tuple[int, int], ...] = ()
    batches: memoryview = memoryview(b"")

    def give_back(self) -> None:
        """Let it be fetched again; without effect when the partition has been assigned anew since."""
        self.state.seek(self.offset)


class LeaderFetch:
    """One broker's share of the batch partitions.

    A small answer makes the next request wait until ``pause_seconds`` after the last one: a stream that trickles is then read
    a few records at a time, where every record had a request of its own. After a quiet moment, and when there is much to read, no
    request waits.

    Parameters
    ----------
    address
        Host and port.
    client_id
        For the broker's logs.
    states
        aiokafka's state of each partition: where to go on, moved when records are taken.
    on_news
        Called when there is something to `take`, or the leader is of no use any more.
    pause_seconds
        0: never wait.
    """

    def __init__(
        self,
        address: tuple[str, int],
        client_id: str,
        states: Sequence[tuple[TopicPartition, Any]],
        on_news: Callable[[], None],
        pause_seconds: float,
    ) -> None:
        self.address = address
        self.places = [place for place, _ in states]
        self.refused: list[tuple[TopicPartition, int]] = []  # with Kafka's error code
        self.lost: Exception | None = None
        self._states: dict[tuple[str, int], Any] = dict(states)
        self._client_id = client_id
        self._on_news = on_news
        self._pause_seconds = pause_seconds
        self._arrived: list[Arrival] = []
        self._resting: Set[Place] = frozenset()
        self._asked: dict[Place, int] = {}  # where the request under way begins
        self._is_silent = False  # every partition rests: there is nothing to ask for
        self._request = self._new_request()
        self._connection: FetchConnection | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._asked_at = monotonic_seconds()
        self._correlation_id = 0
        self._connecting = asyncio.create_task(self._connect(), name=f"fetch from {address[0]}:{address[1]}")

    @property
    def is_overdue(self) -> bool:
        """Tell whether an answer should have been here long ago."""
        waiting = self._connection is not None and self._connection.waiting
        return waiting and monotonic_seconds() - self._asked_at > _ANSWER_SECONDS

    def take(self) -> list[Arrival]:
        """Hand over what has arrived; the next request is on its way when this returns, or will be after the interval."""
        arrived = self._arrived
        if arrived:
            self._arrived = []
            for arrival in arrived:
                arrival.state.consumed_to(arrival.next_offset)
            self._ask(sum(len(arrival.batches) for arrival in arrived))
        return arrived

    def rest(self, resting: Set[Place]) -> None:
        """Ask for nothing more of these partitions, from the next request on, until they are not among those any more."""
        if resting == self._resting:
            return
        self._resting = resting
        self._request = self._new_request()
        if self._is_silent:
            self._send()

    def close(self) -> None:
        """Drop the connection, and with it what is on its way."""
        self._connecting.cancel()
        if self._pause is not None:
            self._pause.cancel()
        if self._connection is not None:
            self._connection.close()

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                self._connection = await FetchConnection.open(*self.address, self._answered, self._lose)
        except OSError as error:  # a time-out is one
            self._lose(error)
        else:
            self._send()

    def _lose(self, error: Exception | None) -> None:
        self.lost = error or ConnectionResetError("the broker closed the connection")
        self._on_news()

    def _new_request(self) -> FetchRequest:
        share = max(MOST_BYTES // max(len(self.places), 1), 1024 * 1024)
        wanted = [place for place in self.places if place not in self._resting]
        return FetchRequest(self._client_id, wanted, wait_ms=WAIT_MS, most_bytes=MOST_BYTES, most_partition_bytes=min(share, MOST_PARTITION_BYTES))

    def _ask(self, last_bytes: int) -> None:
        rest = self._asked_at + self._pause_seconds - monotonic_seconds() if last_bytes < SMALL_BYTES else 0.0
        if last_bytes > MOST_BYTES // 2:  # the broker fills an answer in the order of the request: nobody may always be last
            self.places.append(self.places.pop(0))
            self._request = self._new_request()
        if rest > 0:
            self._pause = asyncio.get_running_loop().call_later(rest, self._send)
        else:
            self._send()

    def _send(self) -> None:
        if self._connection is None or self.lost is not None:
            return
        states, wanted = self._states, self._request.partitions
        self._is_silent = not wanted
        if self._is_silent:
            return
        self._asked = {place: states[place].position for place in wanted}
        self._correlation_id = (self._correlation_id + 1) & 0x7FFFFFFF
        self._asked_at = monotonic_seconds()
        self._connection.send(self._request.encode(self._correlation_id, tuple(self._asked.values())))

    def _answered(self, frame: memoryview) -> None:
        correlation_id, error_code, partitions = parse_response(frame)
        if correlation_id != self._correlation_id or error_code != 0:
            self._lose(ConnectionError(f"expected answer {self._correlation_id}, found {correlation_id} with error code {error_code}"))
            return
        for topic, partition, error, aborted, records in partitions:
            place = TopicPartition(topic, partition)
            if error != 0:
                self.refused.append((place, error))
                continue
            next_offset, end = whole_batches(records)
            if next_offset is not None and next_offset > self._asked[place]:
                self._arrived.append(Arrival(place, self._asked[place], next_offset, self._states[place], aborted, records[:end]))
        if self._arrived or self.refused:
            self._on_news()
        else:
            self._ask(0)
