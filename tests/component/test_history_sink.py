"""The ClickHouse sink on a real broker and the real engine: nothing lost, nothing twice."""

from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from infra.clickhouse.client import ClickHouse
from infra.errors import Retryable
from infra.settings import environment_of
from tests.support.history_world import Tape
from tests.support.kafka_world import read_all, wait_until

DYING_PROCESS = Path(__file__).parent.parent / "support" / "history_process.py"


@pytest.mark.timeout(240)
def test_no_row_is_lost_or_doubled_when_the_process_is_killed(tape: Tape) -> None:
    """SIGKILL between note and insert, and between insert and commit: the successor inserts the same batch under the same token."""
    for start in range(0, 600, 40):  # in small pieces: what comes in one batch is inserted in one
        tape.publish(range(start, start + 40))
    environment = os.environ | environment_of(tape.settings)
    for point, inserts in [("after-insert", 3), ("before-insert", 2), ("after-insert", 0)]:
        command = [sys.executable, str(DYING_PROCESS), tape.group, point, str(inserts)]
        process = subprocess.run(command, env=environment, timeout=90, check=False)
        assert process.returncode == -9
        assert len(tape.stored()) < 600
    with tape.working():
        wait_until(lambda: len(set(tape.stored())) == 600, "all rows", 60)
    assert tape.stored() == list(range(600))
    assert tape.offsets_stored_twice() == 0


def test_two_members_share_the_work_through_a_rebalance(tape: Tape) -> None:
    """A second process joins and leaves in the middle: every row is stored once."""
    tape.publish(range(200))
    with tape.working():
        wait_until(lambda: len(tape.stored()) > 40, "the first rows")
        with tape.working():
            for start in range(200, 600, 20):
                tape.publish(range(start, start + 20))
            wait_until(lambda: len(tape.stored()) >= 600, "all rows while both work")
            tape.publish(range(600, 700))
        tape.publish(range(700, 800))
        wait_until(lambda: len(tape.stored()) >= 800, "all rows")
    assert tape.stored() == list(range(800))
    assert tape.offsets_stored_twice() == 0


def test_a_restart_goes_on_and_stores_nothing_again(tape: Tape) -> None:
    """An orderly stop writes what is in memory, the next start begins behind it."""
    tape.publish(range(10))
    everything = len(read_all(tape.settings.kafka.bootstrap_servers, "market.trades.v1"))  # other tests' trades too
    with tape.working(bulk_batch_seconds=3600.0, bulk_batch_rows=1_000_000):
        wait_until(lambda: tape.group in tape.health.conditions(), "a report")
        wait_until(lambda: tape.health.conditions()[tape.group].records_in >= everything, "the records")
        assert tape.stored() == []
    assert tape.stored() == list(range(10))
    tape.publish(range(10, 20))
    with tape.working():
        wait_until(lambda: len(tape.stored()) >= 20, "the new rows")
    assert tape.stored() == list(range(20))
    assert tape.offsets_stored_twice() == 0


def test_memory_is_bounded_while_clickhouse_is_away(tape: Tape) -> None:
    """ING-12: reading pauses, the unit says why, and everything arrives afterwards."""
    away = True
    attempts = 0

    def connect() -> ClickHouse:
        nonlocal attempts
        attempts += 1
        if away:
            raise Retryable("expected ClickHouse to connect, found nobody")
        return ClickHouse.connect(tape.settings.clickhouse)

    for start in range(0, 4_000, 50):
        tape.publish(range(start, start + 50))  # record batches of about a dozen
    with tape.working(connect=connect, buffered_rows=200, fetch_bytes=2_000) as worker:
        wait_until(lambda: attempts >= 3, "attempts")
        wait_until(lambda: "found nobody" in tape.health.conditions()[tape.group].detail, "the reason in its report")
        wait_until(lambda: worker.history.buffered_rows >= 200, "a full memory")
        condition = tape.health.conditions()[tape.group]
        assert not condition.ready
        largest_fetch = 4 * (2_000 // 40 + 50)  # of four partitions, each 2,000 bytes of records and the batch that goes over
        assert 200 <= worker.history.buffered_rows <= 200 + largest_fetch
        assert condition.records_in <= 200 + largest_fetch
        away = False
        wait_until(lambda: len(set(tape.stored())) == 4_000, "all rows", 90)
        wait_until(lambda: tape.health.conditions()[tape.group].ready, "ready again")
    assert tape.stored() == list(range(4_000))
    assert tape.offsets_stored_twice() == 0


def test_bad_frames_become_rows_of_dead_letters_and_their_neighbours_are_stored(tape: Tape) -> None:
    """Unknown schema id, truncated frame, NaN: bytes, place and reason in ClickHouse."""
    good = tape.codecs.of("market.trades").encode(tape.trade(5))
    bad = {
        good[:-7]: "UndecodableRecord",
        good.replace(struct.pack("<d", 15.0), struct.pack("<d", math.nan)): "UndecodableRecord",
        b"\x00" + struct.pack(">I", 3_999_999) + good[5:]: "UnknownWriterSchema",
    }
    for number, frame in enumerate(bad):
        tape.publish(range(number * 20, number * 20 + 20))
        tape.producer.send_bytes("market.trades.v1", frame, key=b"BAD", partition=number).result(20)
    tape.publish(range(60, 80))
    with tape.working():
        wait_until(lambda: len(tape.stored()) >= 80, "the good ones")
        wait_until(lambda: len(tape.letters()) >= 3, "the dead letters")
    assert tape.stored() == list(range(80))
    letters = tape.letters()
    for number, (frame, error) in enumerate(bad.items()):
        assert letters[frame][0] == error and letters[frame][2] == number and letters[frame][4] == "market.trades.v1"
        assert "expected" in str(letters[frame][1]) and int(str(letters[frame][3])) >= 0
