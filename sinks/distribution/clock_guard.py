"""Compares our wall clock with the broker's: a unit that promises delays does nothing while they differ too much.

Market time has no part in this: under a scaled clock a wrong wall clock is a wrong market clock all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, Message, Producer

from infra.clock import MICROSECONDS, Clock, SystemClock, monotonic_seconds
from infra.errors import Fatal, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import producer_configuration
from infra.logging_setup import logger
from infra.metrics import listed
from infra.settings import Settings
from schemas import catalog
from schemas.records import ClockCheck
from sinks.distribution.due import skew_ms

TOPIC = "ops.clock-checks"
_EVERY_SECONDS = 60.0
_AGAIN_SECONDS = 5.0  # while it is refused or unknown
_ANSWER_SECONDS = 10.0
_READING_MS = 5.0  # two clocks cannot be read at the same instant
_READINGS = 20
log = logger(__name__)


class ClockGuard:
    """Measures the skew at start and every minute, and notices at once when our clock steps; use it from one thread.

    Between two measurements the monotonic clock tells: what the wall clock went more, or less, than that is added to the skew.

    Parameters
    ----------
    settings
        Broker, and the margin.
    codecs
        Must hold ``ops.clock-checks``.
    unit
        Who asks; written into the probe.
    market_clock
        Market time, for the record only.
    wall_clock
        Real time; a test gives a wrong one.
    """

    def __init__(
        self,
        settings: Settings,
        codecs: CodecSet,
        unit: str,
        market_clock: Clock,
        wall_clock: Clock | None = None,
        now_seconds: Callable[[], float] = monotonic_seconds,
    ) -> None:
        self._margin_ms = settings.tiers.clock_skew_margin_ms
        self._codec = codecs.of(TOPIC)
        self._unit = unit
        self._market_clock = market_clock
        self._wall_clock = wall_clock or SystemClock()
        self._now_seconds = now_seconds
        self._next_check = 0.0
        self._measured_ms: float | None = None
        self._offset_seconds = 0.0  # wall clock minus monotonic clock when the skew was measured
        self._producer = Producer(
            producer_configuration(settings.kafka, f"{unit}.clock") | {"linger.ms": 0, "delivery.timeout.ms": int(_ANSWER_SECONDS * 1_000)}
        )

    @property
    def ahead_ms(self) -> float:
        """By how much our clock is known to run ahead of the broker's; 0 when it does not."""
        return max(self._skew_ms or 0.0, 0.0)

    @property
    def _skew_ms(self) -> float | None:
        """Return our clock minus the broker's now: as measured, and how far ours has stepped since."""
        if self._measured_ms is None:
            return None
        return self._measured_ms + self._stepped_ms()

    def _stepped_ms(self) -> float:
        stepped_ms = (self._offset() - self._offset_seconds) * 1_000
        return stepped_ms if abs(stepped_ms) > _READING_MS else 0.0

    def _offset(self) -> float:
        """Return wall clock minus monotonic clock, in seconds; a reading that was interrupted is taken again."""
        for _ in range(_READINGS):
            before = self._now_seconds()
            wall = self._wall_clock.now_us() / MICROSECONDS
            after = self._now_seconds()
            if after - before < _READING_MS / 1_000:
                break
        return wall - (before + after) / 2

    def keep_current(self) -> None:
        """Measure, if it is time to, or if our clock has stepped."""
        if self._now_seconds() < self._next_check and not (self._measured_ms is not None and self._stepped_ms()):
            return
        try:
            offset = self._offset()  # before the measurement: a step in the middle of it is noticed behind it
            self._measured_ms = self._measure()
            self._offset_seconds = offset
        except Retryable as error:
            log.warning("clock_check_failed", unit=self._unit, error=str(error))  # the last result stands
        if self._skew_ms is not None:
            listed.CLOCK_SKEW.set(self._skew_ms / 1_000, self._unit)
        good = self._skew_ms is not None and abs(self._skew_ms) <= self._margin_ms
        if self._skew_ms is not None and not good:
            log.error("clock_skew", unit=self._unit, skew_ms=self._skew_ms, margin_ms=self._margin_ms)
        self._next_check = self._now_seconds() + (_EVERY_SECONDS if good else _AGAIN_SECONDS)

    def require(self) -> None:
        """Raise Retryable while the clocks are not known to agree."""
        if self._skew_ms is None:
            raise Retryable("expected a comparison of our clock with the broker's, found none yet", _AGAIN_SECONDS)
        if abs(self._skew_ms) > self._margin_ms:
            raise Retryable(
                f"expected our clock within {self._margin_ms} ms of the broker's, found {self._skew_ms:+.0f} ms: nothing is sent", _AGAIN_SECONDS
            )

    def _measure(self) -> float:
        answers: list[tuple[KafkaError | None, Message, int]] = []
        sent_us = self._wall_clock.now_us()
        probe = ClockCheck(
            unit=self._unit, ts_event=self._market_clock.now_us(), ts_published=sent_us, previous_skew_ms=self._skew_ms
        )
        self._producer.produce(
            catalog.topic(TOPIC).kafka_name,
            self._codec.encode(probe),
            self._unit.encode(),
            on_delivery=lambda error, message: answers.append((error, message, self._wall_clock.now_us())),
        )
        self._producer.flush(_ANSWER_SECONDS + 1)
        if not answers or answers[0][0] is not None:
            raise Retryable(f"expected the broker to take a clock check, found {answers[0][0] if answers else 'no answer'}")
        _, message, acknowledged_us = answers[0]
        kind, appended_ms = message.timestamp()
        if kind != TIMESTAMP_LOG_APPEND_TIME:
            raise Fatal(f"expected {TOPIC} to have the broker's append time, found another kind of timestamp: run `tapewire topics apply`")
        return skew_ms(sent_us, appended_ms, acknowledged_us)
