"""Reports a consumer loop's condition: ready, records, distance to the head in event time."""

from __future__ import annotations

from infra.clock import MICROSECONDS, monotonic_seconds
from infra.kafka.group_consumer import GroupConsumer
from infra.kafka.received import Place, Received
from infra.unit import UnitContext

_EVERY_SECONDS = 0.25


class Progress:
    """Collects what was read and tells the unit's health four times a second."""

    def __init__(self, context: UnitContext, unit: str) -> None:
        self._context = context
        self._unit = unit
        self._records = 0
        self._written = 0
        self._newest: dict[Place, int] = {}
        self._next_report = 0.0
        self.trouble: str | None = None
        """What keeps the unit from its work."""

    def read(self, received: Received) -> None:
        """Count one record that was read."""
        self._records += 1
        moment = getattr(received.record, "ts_event", None)
        if moment is not None:
            self._newest[received.topic.kafka_name, received.partition] = moment

    def wrote(self, records: int) -> None:
        """Count records that were written."""
        self._written += records

    def report(self, consumer: GroupConsumer) -> None:
        """Tell the unit's condition, if it is time to."""
        now = monotonic_seconds()
        if now < self._next_report:
            return
        self._next_report = now + _EVERY_SECONDS
        self._context.health.report(
            self._unit,
            ready=consumer.joined and self.trouble is None,
            detail=self.trouble or (f"{len(consumer.positions)} partitions" if consumer.joined else "joining its group"),
            lag_seconds=self._lag_seconds(consumer),
            records_in=self._records,
            records_out=self._written,
        )
        self._records = self._written = 0

    def _lag_seconds(self, consumer: GroupConsumer) -> float:
        market_now = self._context.clock.now_us()
        behind = [
            (market_now - self._newest[place]) / MICROSECONDS
            for place in consumer.positions
            # One record behind may be a transaction's end mark; a record that is not due yet is no lag.
            if place in self._newest and consumer.behind(place) > 1 and (place not in consumer.held or self.trouble)
        ]
        return max([0.0, *behind])
