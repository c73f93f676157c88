"""Fetches the batch topics past aiokafka's fetcher.

aiokafka still owns membership, metadata, committed offsets and positions. What is replaced is what its fetcher does for every answer:
a task, four waits and a general decoder, a millisecond in all, and at a thousand answers a second that was the worker's whole time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Set
from typing import Any

from aiokafka.consumer.fetcher import OffsetResetStrategy
from aiokafka.errors import OffsetOutOfRangeError, for_code
from aiokafka.structs import TopicPartition

from infra.clock import monotonic_seconds
from infra.kafka.received import Place
from infra.logging_setup import logger
from processors.leader_fetch import Arrival, LeaderFetch

_RETRY_SECONDS = 0.1
_LOOK_AROUND_SECONDS = 1.0
log = logger(__name__)


class BatchFetch:
    """Fetches from the positions of an aiokafka consumer, and moves them.

    Parameters
    ----------
    consumer
        A started `AIOKafkaConsumer`; the partitions are paused there.
    client_id
        For the broker's logs.
    pause_seconds
        See `LeaderFetch`.
    """

    def __init__(self, consumer: Any, client_id: str, pause_seconds: float) -> None:
        self._pause_seconds = pause_seconds
        self._consumer = consumer
        self._client_id = client_id
        self._assignment: Any = None
        self._places: frozenset[TopicPartition] = frozenset()
        self._leaders: dict[int, LeaderFetch] = {}
        self._plan_at: float | None = None  # when to look for leaders again; None while every partition has its own
        self._news: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._passed: list[Arrival] = []

    async def next(self, places: Collection[TopicPartition], resting: Set[Place] = frozenset()) -> list[Arrival]:
        """Return what has arrived of these partitions; nothing after `wake`, or after a second.

        Of those that are ``resting`` no more is asked for; what is under way still comes.
        """
        subscription = self._consumer._subscription
        with subscription.fetch_context():  # or aiokafka takes us for dead and leaves the group
            assignment = subscription.subscription.assignment
            if assignment is not self._assignment or places != self._places:
                self._begin_anew(assignment, places)
            for leader in self._leaders.values():
                leader.rest(resting)
            arrived = self._take()
            if not arrived:
                self._news = asyncio.get_running_loop().create_future()
                await self._news
                arrived = self._take()
            return arrived if assignment.active else []

    def wake(self) -> None:
        """End the wait in `next`."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def close(self) -> None:
        """Drop every connection, and with it what is on its way."""
        for leader in self._leaders.values():
            leader.close()
        self._leaders.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._assignment = None
        self._passed.clear()
        self.wake()

    def _take(self) -> list[Arrival]:
        arrived: list[Arrival] = []
        for leader in self._leaders.values():
            arrived += leader.take()
            if leader.refused or leader.lost is not None:
                self._give_up(leader)
        if self._plan_at is not None and monotonic_seconds() >= self._plan_at:
            self._plan()
        arrived += self._passed
        self._passed.clear()
        return arrived

    def _begin_anew(self, assignment: Any, places: Collection[TopicPartition]) -> None:
        """Forget everything under way: it answers a question about another assignment."""
        self.close()
        self._assignment, self._places = assignment, frozenset(places)
        self._plan()
        self._look_around()

    def _look_around(self) -> None:
        """Wake up once a second, whatever happens."""
        self._timer = asyncio.get_running_loop().call_later(_LOOK_AROUND_SECONDS, self._look_around)
        for leader in self._leaders.values():
            if leader.is_overdue:
                leader.lost = TimeoutError("expected an answer to a fetch request")
        self.wake()

    def _plan(self) -> None:
        """Give every partition that has a position to its leader; one whose share has changed begins on a new connection.

        What lies below a position where fetching begins does not exist or is done: said by an arrival without records.
        """
        cluster = self._consumer._client.cluster
        shares: dict[int, list[tuple[TopicPartition, Any]]] = {}
        missing = 0
        for place in sorted(self._places):
            node, state = cluster.leader_for_partition(place), self._assignment.state_value(place)
            if node is None or cluster.broker_metadata(node) is None or state is None or not state.has_valid_position:
                missing += 1
            else:
                shares.setdefault(node, []).append((place, state))
        for node in list(self._leaders):
            if sorted(self._leaders[node].places) != [place for place, _ in shares.get(node, ())]:
                self._leaders.pop(node).close()
        for node, share in shares.items():
            if node not in self._leaders:
                broker = cluster.broker_metadata(node)
                self._leaders[node] = LeaderFetch((broker.host, broker.port), self._client_id, share, self.wake, self._pause_seconds)
                self._passed += [Arrival(place, state.position, state.position, state) for place, state in share if state.position > 0]
        self._plan_at = None
        if missing:
            self._plan_soon()

    def _plan_soon(self) -> None:
        if self._plan_at is None:
            self._plan_at = monotonic_seconds() + _RETRY_SECONDS
            asyncio.get_running_loop().call_later(_RETRY_SECONDS + 0.001, self.wake)

    def _give_up(self, leader: LeaderFetch) -> None:
        """Ask the cluster again who leads the partitions of a leader that is gone or does not want them."""
        for place, code in leader.refused:
            if for_code(code) is OffsetOutOfRangeError:  # what was there has expired
                self._assignment.state_value(place).await_reset(OffsetResetStrategy.EARLIEST)
            log.warning("fetch_refused", topic=place.topic, partition=place.partition, error=for_code(code).__name__)
        if leader.lost is not None:
            log.warning("fetch_connection_lost", broker=f"{leader.address[0]}:{leader.address[1]}", error=repr(leader.lost))
        leader.close()
        self._leaders = {node: other for node, other in self._leaders.items() if other is not leader}
        self._consumer._client.force_metadata_update()
        self._plan_soon()
