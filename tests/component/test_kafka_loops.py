"""The consumer loop and the transactional loop on a real broker."""

from __future__ import annotations

from confluent_kafka import Producer

from infra.clock import MICROSECONDS, ManualClock
from infra.errors import Fatal, Permanent, Retryable
from infra.kafka.consumer_loop import ConsumerLoop, RecordHandler
from infra.kafka.dead_letter import DeadLetterLimits
from infra.kafka.received import Received
from infra.kafka.transactional_loop import Forward, NotBefore, Outgoing
from tests.support.kafka_world import wait_until
from tests.support.loop_world import NOON, World, consequence, heartbeat, working


def test_every_record_is_moved_once_although_the_mover_crashes(world: World) -> None:
    """Exactly once inside Kafka: an error between two transactions and one within lose and double nothing."""
    crash_at = {7, 23}

    def step(received: Received) -> Forward:
        record = world.mine(received)
        if record is None:
            return Forward()
        if record.records_published in crash_at:
            crash_at.discard(record.records_published)
            raise RuntimeError("crash")
        return Forward((Outgoing("distribution.expired", consequence(record)),))

    world.publish(range(40))
    while crash_at:
        left = len(crash_at)
        with working(world.mover(step, largest_poll=5)) as errors:
            wait_until(lambda left=left: len(crash_at) < left and bool(errors), "the crash")  # type: ignore[misc]
    with working(world.mover(step, largest_poll=5)):
        wait_until(lambda: len(world.moved()) >= 40, "all records")
    assert world.moved() == list(range(40))


def test_a_record_waits_until_it_is_due_and_its_order_is_kept(world: World) -> None:
    """DIS-02: pause and seek at the head; the clock alone decides."""
    clock = ManualClock(NOON)

    def step(received: Received) -> Forward | NotBefore:
        record = world.mine(received)
        if record is None:
            return Forward()
        due = NOON + record.records_published * 10 * MICROSECONDS
        if clock.now_us() < due:
            return NotBefore(due)
        return Forward((Outgoing("distribution.expired", consequence(record)),))

    world.publish(range(4))
    with working(world.mover(step, clock)):
        for number in range(4):
            wait_until(lambda number=number: len(world.moved()) > number, f"record {number}")  # type: ignore[misc]
            assert world.moved() == list(range(number + 1)), "nothing may be early"
            clock.advance(9.999)
            assert world.moved() == list(range(number + 1)), "nothing may be early"
            clock.advance(0.001)
    assert world.moved() == list(range(4))


def test_a_mover_whose_successor_has_begun_ends_without_writing(world: World) -> None:
    """A fenced process must not write: Fatal, and the successor moves what it could not."""

    def step(received: Received) -> Forward:
        record = world.mine(received)
        return Forward() if record is None else Forward((Outgoing("distribution.expired", consequence(record)),))

    with working(world.mover(step)) as errors:
        world.publish(range(3))
        wait_until(lambda: len(world.moved()) == 3, "the first mover")
        successor = Producer(
            {
                "bootstrap.servers": world.settings.kafka.bootstrap_servers,
                "transactional.id": f"tapewire.{world.settings.stack.name}.{world.unit}",
            }
        )
        successor.init_transactions(30)
        world.publish(range(3, 6))
        wait_until(lambda: bool(errors), "the end of the first")
    assert isinstance(errors[0], Fatal)
    assert world.moved() == [0, 1, 2]
    with working(world.mover(step)) as errors:
        wait_until(lambda: len(world.moved()) >= 6 or bool(errors), "the second mover")
    assert world.moved() == list(range(6))


def test_bad_frames_go_aside_and_their_neighbours_on(world: World) -> None:
    """Truncated frame, unknown schema id, NaN, not Avro: bytes, place and reason are kept."""
    good = world.codecs.of("ops.heartbeats").encode(heartbeat(world.feed, 1))
    bad = {
        good[: len(good) // 2]: "UndecodableRecord",
        b"\x00" + (4_000_000).to_bytes(4, "big") + good[5:]: "UnknownWriterSchema",
        b"{}": "UndecodableRecord",
        good + b"\x00": "UndecodableRecord",
    }
    for frame in bad:
        world.publish(range(1))
        world.publish_garbage(frame)
    world.publish(range(1, 2))

    def step(received: Received) -> Forward:
        record = world.mine(received)
        if record is None:
            return Forward()
        if record.records_published == 1:
            raise Permanent("expected another number, found 1")
        return Forward((Outgoing("distribution.expired", consequence(record)),))

    with working(world.mover(step)) as errors:
        wait_until(lambda: len([x for x in world.dead_letters() if x.error == "Permanent"]) == 1 or bool(errors), "the last dead letter")
        wait_until(lambda: len(world.moved()) == len(bad), "the good ones")
    letters = {letter.value: letter for letter in world.dead_letters()}
    for frame, error in bad.items():
        letter = letters[frame]
        assert (letter.error, letter.topic, letter.partition) == (error, "ops.heartbeats.v1", 0)
        assert letter.offset is not None and "expected" in letter.reason
    assert letters[good].reason == "expected another number, found 1"


class Collector(RecordHandler):
    """Keeps what it got; fails as told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.numbers: list[int] = []
        self.failures: dict[int, Exception] = {}
        self.refused = 0

    def handle(self, loop: ConsumerLoop, received: Received) -> None:
        record = self.world.mine(received)
        if record is None:
            return
        failure = self.failures.pop(record.records_published, None)
        if failure is not None:
            raise failure
        self.numbers.append(record.records_published)


def test_a_sink_waits_in_place_and_goes_on_from_its_commit(world: World) -> None:
    """Retryable repeats the record, order kept; after a restart nothing committed comes again."""
    handler = Collector(world)
    handler.failures[3] = Retryable("away", retry_after_seconds=0.3)
    handler.failures[5] = Permanent("bad")
    world.publish(range(8))
    with working(ConsumerLoop(world.context(), world.unit, ["ops.heartbeats"], handler, codecs=world.codecs, largest_poll=3)):
        wait_until(lambda: len(handler.numbers) == 7, "all but the bad one")
    assert handler.numbers == [0, 1, 2, 3, 4, 6, 7]
    condition = world.health.conditions()[world.unit]
    assert condition.ready and condition.records_in >= 7 and condition.lag_seconds is not None
    world.publish(range(8, 10))
    again = Collector(world)
    with working(ConsumerLoop(world.context(), world.unit, ["ops.heartbeats"], again, codecs=world.codecs)):
        wait_until(lambda: len(again.numbers) >= 2, "the new ones")
    assert again.numbers == [8, 9]


def test_a_sink_can_pause_and_resume_without_loss(world: World) -> None:
    """Backpressure: what was fetched ahead comes again after resume, nothing twice."""

    class Slow(Collector):
        paused_polls = 0

        def handle(self, loop: ConsumerLoop, received: Received) -> None:
            super().handle(loop, received)
            if self.world.mine(received) and len(self.numbers) % 4 == 0:
                loop.pause(received.place)
                self.paused_polls = 1

        def after_poll(self, loop: ConsumerLoop) -> None:
            if self.paused_polls:
                self.paused_polls += 1
                if self.paused_polls > 3:
                    self.paused_polls = 0
                    loop.resume(("ops.heartbeats.v1", 0))

    handler = Slow(world)
    world.publish(range(20))
    with working(ConsumerLoop(world.context(), world.unit, ["ops.heartbeats"], handler, codecs=world.codecs, poll_seconds=0.02)) as errors:
        wait_until(lambda: len(handler.numbers) >= 20 or bool(errors), "all")
    assert handler.numbers == list(range(20))


def test_too_many_bad_records_end_the_sink_before_it_commits(world: World) -> None:
    """DESIGN §8: many in a row are our mistake, not theirs."""
    for _ in range(3):
        world.publish_garbage(b"\x01")
    loop = ConsumerLoop(
        world.context(), world.unit, ["ops.heartbeats"], Collector(world), codecs=world.codecs,
        new_limits=lambda: DeadLetterLimits(largest_run=3),
    )  # fmt: skip
    with working(loop) as errors:
        wait_until(lambda: bool(errors), "the end")
    assert isinstance(errors[0], Fatal)
