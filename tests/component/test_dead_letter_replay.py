"""Dead letters are put back: for the reader that refused them alone, with their own bytes and place, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from infra.clock import ManualClock
from infra.errors import ConfigurationError, Fatal, Permanent
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetters
from infra.kafka.dead_letter_archive import LetterFilter, grouped, read_letters
from infra.kafka.producer import RecordProducer
from infra.kafka.received import Received
from infra.kafka.replay import Replays
from infra.kafka.replay_headers import marks, replay_of
from infra.kafka.replay_ledger import ReplayLedger
from infra.kafka.transactional_loop import Forward, Outgoing, Step
from infra.settings import Settings, environment_of
from schemas.records import DeadLetter, Replay
from tests.support.kafka_world import read_all, wait_until
from tests.support.loop_world import NOON, World, consequence, working

HEARTBEATS = "ops.heartbeats.v1"
CLOCK = ManualClock(NOON)


def mover(world: World, refused: set[int]) -> Step:
    """Return a step that moves this test's records, except those with the numbers that are refused for now."""

    def step(received: Received) -> Forward:
        record = world.mine(received)
        if record is None:
            return Forward()
        if record.records_published in refused:
            raise Permanent(f"expected another number, found {record.records_published}")
        return Forward((Outgoing("distribution.expired", consequence(record)),))

    return step


def letters_of(world: World) -> list[DeadLetter]:
    return read_letters(world.settings.kafka, world.codecs, LetterFilter(stage=world.unit))


def replay(world: World, letters: list[DeadLetter]) -> list[str]:
    """Put letters back with a process's worth of state of its own; return the outcomes."""
    replays = Replays(world.settings, world.codecs, CLOCK)
    try:
        return [one.outcome for one in replays.put_back(letters)]
    finally:
        replays.close()


def put_back_as(letter: DeadLetter, world: World) -> list[int]:
    """Return the offsets at which the letter's record was put back."""
    messages = read_all(world.settings.kafka.bootstrap_servers, HEARTBEATS)
    return [message.offset() or 0 for message in messages if replay_of(message.headers()) == letter.dead_letter_id]


@pytest.fixture
def refused(world: World) -> list[DeadLetter]:
    """Three records of which the middle one was refused, and its letter."""
    world.publish(range(3))
    with working(world.mover(mover(world, {1}))) as errors:
        wait_until(lambda: len(letters_of(world)) == 1 or bool(errors), "the letter")
        wait_until(lambda: world.moved() == [0, 2], "its neighbours")
    return letters_of(world)


def test_a_replay_has_its_effect_once_however_often_it_is_asked_for(world: World, refused: list[DeadLetter]) -> None:
    """The same bytes, key and partition; the second replay is noticed."""
    (letter,) = refused
    assert replay(world, refused) == ["replayed"]
    assert replay(world, refused) == ["already"]
    (offset,) = put_back_as(letter, world)
    (original, copy) = [m for m in read_all(world.settings.kafka.bootstrap_servers, HEARTBEATS) if m.offset() in (letter.offset, offset)]
    assert (copy.value(), copy.key(), copy.partition()) == (original.value(), original.key(), original.partition())
    with working(world.mover(mover(world, set()))):
        wait_until(lambda: len(world.moved()) >= 3, "the record that was put back")
    assert world.moved() == [0, 2, 1]


def test_who_did_not_refuse_the_record_passes_over_it(world: World, refused: list[DeadLetter]) -> None:
    """Another reader has used it already, perhaps in a sum that knows no identity."""
    assert replay(world, refused) == ["replayed"]
    other = World(world.settings, world.codecs, world.producer)
    other.feed = world.feed
    world.publish(range(7, 8))
    with working(other.mover(mover(world, set()))):
        wait_until(lambda: 7 in world.moved(), "the record behind it")
    assert sorted(world.moved()) == [0, 0, 1, 2, 2, 7], "0 and 2 by both, 1 by the other one, from its first place"


def test_a_replay_that_died_before_its_note_is_taken_up(world: World, refused: list[DeadLetter]) -> None:
    """An intention without an end: whoever comes next looks whether the record arrived."""
    (letter,) = refused
    intention = Replay(
        dead_letter_id=letter.dead_letter_id, stage=letter.stage, topic=letter.topic, partition=0, from_offset=letter.offset or 0, ts_published=NOON
    )  # fmt: skip
    ledger = ReplayLedger(world.settings, world.codecs)
    ledger.open()
    ledger.note([intention])
    headers = marks(letter.dead_letter_id, letter.stage)
    arrived = world.producer.send_bytes(letter.topic, letter.value or b"", key=letter.key, partition=0, headers=headers).result(20)
    assert replay(world, refused) == ["replayed"]
    assert put_back_as(letter, world) == [arrived], "it had arrived, and is not put back again"
    assert replay(world, refused) == ["already"]


def test_an_intention_whose_record_never_arrived_is_carried_out(world: World, refused: list[DeadLetter]) -> None:
    (letter,) = refused
    ledger = ReplayLedger(world.settings, world.codecs)
    ledger.open()
    end = read_all(world.settings.kafka.bootstrap_servers, HEARTBEATS)[-1].offset() or 0
    ledger.note(
        [Replay(dead_letter_id=letter.dead_letter_id, stage=letter.stage, topic=letter.topic, partition=0, from_offset=end + 1, ts_published=NOON)]
    )
    assert replay(world, refused) == ["replayed"]
    assert len(put_back_as(letter, world)) == 1


def test_a_second_replay_ends_the_first_before_it_puts_anything_back(world: World, refused: list[DeadLetter]) -> None:
    first = ReplayLedger(world.settings, world.codecs)
    first.open()
    assert replay(world, []) == []
    with pytest.raises(Fatal, match="another replay has begun"):
        first.note([Replay(dead_letter_id="x", stage="", topic="", partition=0, from_offset=0, ts_published=NOON)])


def test_what_cannot_be_put_back_is_said(world: World, kafka_settings: Settings) -> None:
    """A vendor's payload never was a record, and time does not step back."""
    record = DeadLetter(
        dead_letter_id="0f0f5a1c-0000", stage="feed.polygon", version="1", topic="market.trades.v1", value=b"{}", error="Permanent",
        reason="", ts_published=NOON,
    )  # fmt: skip
    tick = replace(record, topic="ops.ticks.v1", partition=0, offset=3)
    empty = replace(record, partition=0, offset=3, value=None)
    assert replay(world, [record, tick, empty]) == ["impossible"] * 3


async def test_letters_are_counted_by_topic_unit_and_error(world: World, kafka_settings: Settings) -> None:
    """Two letters of one record and stage are one when they are repeats, and two when they are about different things."""
    producer = RecordProducer(kafka_settings, world.codecs, client_id="test")
    dead_letters = DeadLetters(producer, world.unit, kafka_settings, CLOCK)
    no, other = Permanent("no"), ValueError("x")
    for offset, error, about in ((1, no, ""), (1, no, ""), (2, no, "alice"), (2, no, "bob"), (3, other, "")):
        await dead_letters.put(topic=HEARTBEATS, value=b"", error=error, partition=0, offset=offset, about=about)
    producer.close()
    groups = grouped(letters_of(world))
    assert [(group.error, len(group.letters)) for group in groups] == [("Permanent", 3), ("ValueError", 1)]
    one = groups[1].newest
    kafka = kafka_settings.kafka
    assert read_letters(kafka, world.codecs, LetterFilter(ids=(one.dead_letter_id[:12],))) == [one]
    assert read_letters(kafka, world.codecs, LetterFilter(topics=("ops.heartbeats",), stage=world.unit, error="ValueError")) == [one]
    assert read_letters(kafka, world.codecs, LetterFilter(stage=world.unit, since_us=NOON + 1)) == []
    for wrong in (LetterFilter(ids=("ffffffff-nobody",)), LetterFilter(ids=(one.dead_letter_id[:3],)), LetterFilter(topics=("no.topic",))):
        with pytest.raises(ConfigurationError):
            read_letters(kafka, world.codecs, wrong)


def test_the_commands_do_all_that(world: World, refused: list[DeadLetter], codecs: CodecSet) -> None:
    """`tapewire dlq list | show | replay`, as a person types them."""
    (letter,) = refused
    environment = {**os.environ, **environment_of(world.settings), "COLUMNS": "200"}

    def dlq(*arguments: str) -> Any:
        command = [sys.executable, "-m", "infra.cli.main", "dlq", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    (group,) = [group for group in dlq("list", "--topic", "ops.heartbeats") if group["stage"] == world.unit]
    assert (group["count"], group["put_back"], group["error"], group["newest_id"]) == (1, 0, "Permanent", letter.dead_letter_id)
    shown = dlq("show", letter.dead_letter_id[:13])
    assert shown["record"]["feed"] == world.feed and shown["can be replayed"] == "yes" and shown["offset"] == letter.offset
    assert [one["outcome"] for one in dlq("replay", "--stage", world.unit, "--dry-run")] == ["replayed"]
    assert put_back_as(letter, world) == []
    assert [one["outcome"] for one in dlq("replay", letter.dead_letter_id)] == ["replayed"]
    assert [one["outcome"] for one in dlq("replay", "--stage", world.unit, "--error", "Permanent", "--since", "1d")] == ["already"]
    assert dlq("replay", "--stage", world.unit, "--since", "2100-01-01T00:00+00:00") == []
    assert [one["outcome"] for one in dlq("replay", "--stage", world.unit)] == ["already"]
    assert len(put_back_as(letter, world)) == 1
    assert [group["put_back"] for group in dlq("list", "--stage", world.unit)] == [1]
    everything = [sys.executable, "-m", "infra.cli.main", "dlq", "replay"]
    done = subprocess.run(everything, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "--all" in done.stderr, "everything is put back only when it is said"
