"""Ten thousand alerts wait in each tier: each is released once, in order and never early, whatever clocks do and whoever is killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer, TopicPartition

from infra.clock import MICROSECONDS, SystemClock
from infra.errors import Retryable
from infra.health import Health
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.received import Place, Received
from infra.kafka.transactional_loop import Forward, NotBefore, TransactionalLoop
from infra.local.artifacts import ArtifactStore
from infra.settings import TierSettings
from infra.unit import UnitContext
from schemas import catalog
from schemas.records import BasicAlert, FreeAlert
from sinks.distribution.clock_guard import TOPIC as CLOCK_CHECKS
from sinks.distribution.clock_guard import ClockGuard
from sinks.distribution.release import NAME, PUBLIC_TOPICS, READS, WRITES, Release
from sinks.distribution.tiers import redact
from tests.support.kafka_world import read_all, wait_until
from tests.support.loop_world import working
from tests.support.setup_events import armed
from tests.support.stage_world import StageWorld, stage_world

PENDING = 10_000  # a tier
WITHIN_MARGIN_US = 400_000
FEW = 50  # in a transaction: a slow test still finds alerts waiting at its next step, though all may be due by then
HOUR_US = 3_600 * MICROSECONDS
pytestmark = pytest.mark.timeout(180)


class Queues:
    """Alerts that wait in both tiers' queues, and what was made public of them."""

    def __init__(self, world: StageWorld) -> None:
        self.world = world
        self.bootstrap = world.settings.kafka.bootstrap_servers
        self.codecs = CodecSet.from_registry(world.settings.registry, (*READS, *WRITES, CLOCK_CHECKS))
        self._filled = 0
        # A reader of committed offsets alone would wait for a dead process's transaction to time out.
        self._broker = Consumer({"bootstrap.servers": self.bootstrap, "group.id": NAME, "isolation.level": "read_uncommitted"})

    def fill(self, first_due_us: int, seconds: float) -> None:
        """Queue ``PENDING`` alerts a tier whose moments come evenly within so many seconds, as fan-out queues them."""
        step_us = round(seconds * MICROSECONDS / PENDING)
        producer = RecordProducer(self.world.settings, self.codecs, client_id="test")
        tiers = TierSettings()
        basic_us, free_us = (round(delay * MICROSECONDS) for delay in (tiers.basic_delay_seconds, tiers.free_delay_seconds))
        for number in range(PENDING):
            due_us, symbol = first_due_us + number * step_us, f"SYM{number % 97}"
            basic = redact(armed(symbol, due_us - basic_us), due_us - basic_us, tiers).basic
            free = redact(armed(symbol, due_us - free_us), due_us - free_us, tiers).free
            assert free is not None and basic.not_before == free.not_before == due_us
            producer.send("delay.basic", basic)
            producer.send("delay.free", free)
        producer.flush()
        producer.close()
        self._filled += PENDING

    def records(self, topic: str) -> list[tuple[int, BasicAlert | FreeAlert]]:
        """Return, in order, the broker's time in ms and the alert of all that readers see."""
        codec = self.codecs.of(topic)
        messages = read_all(self.bootstrap, catalog.topic(topic).kafka_name, committed_only=True)
        return [(message.timestamp()[1], codec.decode(message.value() or b"")) for message in messages]

    def clock_checks(self) -> int:
        """Return how often the release compared its clock with the broker's."""
        return int(self._broker.get_watermark_offsets(_places([CLOCK_CHECKS])[0], timeout=20)[1])

    def waiting(self) -> int:
        """Return how many alerts the release has not moved, by its commits."""
        return 2 * self._filled - sum(max(place.offset, 0) for place in self._broker.committed(_places(READS), timeout=20))

    def close(self) -> None:
        self._broker.close()

    def assert_released_exactly(self) -> None:
        """Every public topic holds its queue's alerts, in their order, each once; none is there before its moment by the broker's clock."""
        for queue, public in PUBLIC_TOPICS.items():
            queued, released = self.records(queue), self.records(public)
            assert len(released) == self._filled
            assert [alert for _, alert in released] == [alert for _, alert in queued], f"{public}: one queue, one order"
            early = [alert for appended_ms, alert in released if appended_ms * 1_000 + 999 < alert.not_before]
            assert not early, f"{public}: {len(early)} early, first {early[0]}"


def _places(topics: Sequence[str]) -> list[TopicPartition]:
    return [TopicPartition(catalog.topic(name).kafka_name, 0) for name in topics]


@pytest.fixture(scope="module")
def queues(local_artifacts: ArtifactStore, registry_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queues]:
    with stage_world(local_artifacts, registry_url, tmp_path_factory.mktemp("release")) as world:
        kafka = world.settings.kafka.model_copy(update={"session_timeout_ms": 3_000, "heartbeat_interval_ms": 500})
        world.settings = world.settings.model_copy(update={"kafka": kafka})
        found = Queues(world)
        yield found
        found.close()


class WrongClock:
    """The wall clock, out by as much as a test says."""

    def __init__(self) -> None:
        self.error_us = 0
        self._right = SystemClock()

    def now_us(self) -> int:
        return self._right.now_us() + self.error_us

    def real_seconds(self, market_seconds: float) -> float:
        return market_seconds


class WatchedRelease(Release):
    """A release that notes where it refused, and how wrong the clock was whenever it let an alert go."""

    def __init__(self, clock: WrongClock, guard: ClockGuard) -> None:
        super().__init__(clock, guard)
        self._wrong_clock = clock
        self.refused: set[Place] = set()
        self.let_go_with: set[int] = set()

    def step(self, received: Received) -> Forward | NotBefore:
        error_us = self._wrong_clock.error_us
        try:
            decision = super().step(received)
        except Retryable:
            self.refused.add(received.place)
            raise
        if isinstance(decision, Forward):
            self.let_go_with.add(error_us)
        return decision


@contextmanager
def releasing(queues: Queues, clock: WrongClock, largest_poll: int = FEW) -> Iterator[WatchedRelease]:
    """Run the release as its unit does, with a wall clock that may be wrong."""
    settings = queues.world.settings
    guard = ClockGuard(settings, queues.codecs, NAME, clock, wall_clock=clock)
    release = WatchedRelease(clock, guard)
    context = UnitContext(settings, clock, Health(), asyncio.Event())
    loop = TransactionalLoop(
        context, NAME, READS, WRITES, release.step,
        before_poll=guard.keep_current, forwarded=release.forwarded, codecs=queues.codecs, largest_poll=largest_poll,
    )  # fmt: skip
    with working(loop) as errors:
        yield release
        assert not errors, errors
    assert release.let_go_with <= {0, WITHIN_MARGIN_US}, "nothing moves while the clocks differ"


def test_no_clock_makes_ten_thousand_early(queues: Queues) -> None:
    """DIS-04: ours steps a little ahead, an hour ahead, an hour back; by the broker's record time nothing is early, and nothing is lost."""
    clock = WrongClock()
    queues.fill(SystemClock().now_us() + 4 * MICROSECONDS, seconds=8.0)
    with releasing(queues, clock) as release:
        wait_until(lambda: 0 in release.let_go_with, "the first released", 60)
        clock.error_us = WITHIN_MARGIN_US
        wait_until(lambda: WITHIN_MARGIN_US in release.let_go_with, "a step within the margin to be waited out", 60)
        clock.error_us = HOUR_US
        wait_until(lambda: len(release.refused) == 2, "both queues to refuse", 60)  # by our clock all of them are due
    assert queues.waiting() > 0
    with releasing(queues, clock) as release:  # a restart makes a wrong clock no better
        wait_until(lambda: len(release.refused) == 2, "both queues to refuse", 60)
        assert not release.let_go_with
    clock.error_us = 0
    with releasing(queues, clock) as release:
        wait_until(lambda: 0 in release.let_go_with, "the release to go on", 60)
        checks = queues.clock_checks()
        clock.error_us = -HOUR_US
        wait_until(lambda: queues.clock_checks() > checks, "the step back to be noticed", 60)
    clock.error_us = 0
    with releasing(queues, clock, largest_poll=500):
        wait_until(lambda: queues.waiting() == 0, "everything released", 60)
    queues.assert_released_exactly()


def test_a_killed_release_resumes_at_the_head(queues: Queues) -> None:
    """Killed with a transaction written and not committed, and between a commit and the next: each alert once, in order, none early."""
    queues.fill(SystemClock().now_us() + 4 * MICROSECONDS, seconds=6.0)
    for kill_at in ("transaction-written:10", "transaction-committed:5"):
        process = queues.world.start_unit(NAME, KILL_AT=kill_at)
        wait_until(lambda process=process: process.poll() is not None, kill_at, 60)  # type: ignore[misc]
        assert process.returncode == -signal.SIGKILL
        assert 0 < queues.waiting() < 2 * PENDING, "it was in the middle"
    process = queues.world.start_unit(NAME)
    wait_until(lambda: queues.waiting() == 0, "everything released", 60)
    assert queues.world.stop(process) == 0
    queues.assert_released_exactly()
