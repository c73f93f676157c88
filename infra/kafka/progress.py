"""Reports a consumer loop's condition: ready, alive, records, distance to the head in event time and in records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.errors import Retryable
from infra.kafka.received import Place, Received
from infra.kafka.stall_watch import StallWatch
from infra.metrics import listed
from infra.unit import UnitContext

_EVERY_SECONDS = 0.25
_PATIENCE_SECONDS = 60.0  # beyond the longest wait for the broker: a loop that is silent for longer hangs


class Reading(Protocol):
    """What is asked of a consumer: see `GroupConsumer`."""

    joined: bool

    @property
    def positions(self) -> Mapping[Place, int | None]: ...
    @property
    def committed(self) -> Mapping[Place, int]: ...
    @property
    def held(self) -> Collection[Place]: ...
    def uncommitted(self) -> int: ...
    def behind(self, place: Place) -> int: ...
    def really_behind(self, place: Place) -> bool: ...


class Progress:
    """Collects what was read and tells the unit's health four times a second."""

    def __init__(self, context: UnitContext, unit: str) -> None:
        self._context = context
        self._unit = unit
        self._records = 0
        self._written = 0
        self._newest: dict[Place, int] = {}
        self._next_report = 0.0
        self._stalls = StallWatch(context.settings.metrics.stall_seconds)
        self._again_within = context.settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS
        self._commit_age = listed.COMMIT_AGE.of(unit)
        self._committed: dict[Place, int] = {}
        self.trouble: str | None = None
        """What keeps the unit from its work."""

    def read(self, received: Received) -> None:
        """Count one record that was read."""
        self._records += 1
        moment = getattr(received.record, "ts_event", None)
        if moment is not None:
            self._newest[received.topic.kafka_name, received.partition] = moment

    def read_many(self, records: int) -> None:
        """Count records that were read, their moments not known yet."""
        self._records += records

    def reached(self, place: Place, moment_us: int | None) -> None:
        """Take note of the newest event of ``place`` that was worked off."""
        if moment_us is not None:
            self._newest[place] = moment_us

    def worked(self, records: int, seconds: float) -> None:
        """Count one poll's records and the real seconds their handling took."""
        listed.BATCH_RECORDS.seen(records, self._unit)
        listed.STEP_SECONDS.seen(seconds, self._unit)

    def wrote(self, records: int) -> None:
        """Count records that were written."""
        self._written += records

    def assigned(self) -> None:
        """Count a rebalance."""
        listed.REBALANCES.add(1, self._unit)
        self._stalls.forget()

    def report(self, consumer: Reading) -> None:
        """Tell the unit's condition, if it is time to."""
        now = monotonic_seconds()
        if now < self._next_report:
            return
        self._next_report = now + _EVERY_SECONDS
        behind = {place: consumer.behind(place) for place in consumer.positions}
        in_flight = consumer.uncommitted()
        stalled = self._stalled(consumer, behind, now)
        listed.PARTITIONS.set(len(consumer.positions), self._unit)
        self._watch_commits(consumer, in_flight)
        self._context.health.report(
            self._unit,
            ready=consumer.joined and self.trouble is None,
            alive=not stalled,
            detail=self.trouble or stalled or (f"{len(consumer.positions)} partitions" if consumer.joined else "joining its group"),
            lag_seconds=self._lag_seconds(consumer, behind),
            lag_records=sum(records for records in behind.values() if records > 1),
            in_flight=in_flight,
            records_in=self._records,
            records_out=self._written,
            again_within=self._again_within,
        )
        self._records = self._written = 0

    def _lag_seconds(self, consumer: Reading, behind: dict[Place, int]) -> float:
        market_now = self._context.clock.now_us()
        lags = [
            (market_now - self._newest[place]) / MICROSECONDS
            for place, records in behind.items()
            # One record behind may be a transaction's end mark; a record that is not due yet is no lag.
            if place in self._newest and records > 1 and (place not in consumer.held or self.trouble)
        ]
        return max([0.0, *lags])

    def _stalled(self, consumer: Reading, behind: dict[Place, int], now: float) -> str:
        """Return which partitions stand still though there is work and nobody holds them back; liveness is progress, not an open socket."""
        waiting = [place for place, records in behind.items() if records > 1 and place not in consumer.held]
        stalled = self._stalls.observe(now, consumer.positions, waiting)
        try:
            # A broker that is away explains it all, and what is known of its ends may be old.
            stuck = [place for place in stalled if consumer.really_behind(place)]
        except Retryable:
            stuck = []
        if len(stuck) < len(stalled):
            self._stalls.forget()
        where = ", ".join(f"{topic}/{partition} at {consumer.positions[topic, partition]}" for topic, partition in stuck)
        return f"stalled: {where}" if where else ""

    def _watch_commits(self, consumer: Reading, in_flight: int) -> None:
        committed = dict(consumer.committed)
        if in_flight == 0:
            self._commit_age.clear()
        elif committed != self._committed:
            self._commit_age.mark()
        else:
            self._commit_age.begin()
        self._committed = committed
