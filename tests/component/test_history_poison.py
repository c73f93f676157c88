"""Rows that ClickHouse refuses: found by halving, put aside alone, their neighbours stored once, through crashes too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.errors import Fatal
from infra.kafka.replay_headers import marks
from infra.settings import environment_of
from tests.support.history_world import Tape
from tests.support.kafka_world import wait_until

DYING_PROCESS = Path(__file__).parent.parent / "support" / "history_process.py"
POISON = {3, 4, 5, 77, 140, 141, 266, 399}


def refuse(tape: Tape, numbers: set[int]) -> None:
    """Make the table refuse these trades."""
    tape.database.execute(f"ALTER TABLE market_trades ADD CONSTRAINT sane CHECK sequence NOT IN ({', '.join(map(str, numbers))})")


def refused(tape: Tape) -> set[int]:
    """Numbers of the trades that are dead letters."""
    codec = tape.codecs.of("market.trades")
    return {codec.decode(value).sequence for value in tape.letters()}


@pytest.mark.timeout(120)
def test_refused_rows_are_isolated_and_their_neighbours_stored_once(tape: Tape) -> None:
    refuse(tape, POISON)
    tape.publish(range(400))
    with tape.working(bulk_batch_rows=100, bulk_batch_seconds=0.5):
        wait_until(lambda: len(tape.stored()) >= 400 - len(POISON), "the good rows", 60)
        wait_until(lambda: len(tape.letters()) >= len(POISON), "the dead letters")
    assert tape.stored() == sorted(set(range(400)) - POISON)
    assert tape.offsets_stored_twice() == 0
    assert refused(tape) == POISON
    assert all(letter[0] == "RowsRefused" and "sane" in str(letter[1]) for letter in tape.letters().values())


@pytest.mark.timeout(240)
def test_a_crash_in_the_middle_of_the_halving_stores_and_refuses_each_row_once(tape: Tape) -> None:
    """Every half is announced before it is written, so a successor writes the same halves under the same tokens; also when the table
    has become milder in between."""
    refuse(tape, POISON)
    tape.publish(range(400))
    environment = os.environ | environment_of(tape.settings)
    for point, inserts in [("before-insert", 4), ("after-insert", 3), ("before-insert", 7), ("after-insert", 6)]:
        command = [sys.executable, str(DYING_PROCESS), tape.group, point, str(inserts)]
        assert subprocess.run(command, env=environment, timeout=90, check=False).returncode == -9
    letters_so_far = refused(tape)
    tape.database.execute("ALTER TABLE market_trades DROP CONSTRAINT sane")
    with tape.working():
        wait_until(lambda: set(tape.stored()) | refused(tape) >= set(range(400)), "all rows", 60)
    stored = tape.stored()
    assert stored == sorted(set(stored)) and tape.offsets_stored_twice() == 0
    assert set(range(400)) - set(stored) <= refused(tape) <= POISON
    assert letters_so_far <= refused(tape)


@pytest.mark.timeout(120)
def test_twenty_refused_in_a_row_stop_the_sink(tape: Tape) -> None:
    """Then the table is wrong, or we are: nothing is committed past them."""
    refuse(tape, set(range(100, 400)))
    for number in range(100):
        tape.publish(range(number, number + 1))
    tape.publish(range(100, 400))
    with tape.working(expected=Fatal) as worker:
        wait_until(lambda: bool(worker.errors), "the end of the sink", 60)
    assert "in a row" in str(worker.errors[0])
    tape.database.execute("ALTER TABLE market_trades DROP CONSTRAINT sane")
    with tape.working():
        wait_until(lambda: set(tape.stored()) | refused(tape) == set(range(400)), "all the others", 60)
    assert tape.stored() == sorted(set(tape.stored())) and tape.offsets_stored_twice() == 0


@pytest.mark.timeout(120)
def test_more_than_a_twentieth_refused_stop_the_sink(tape: Tape) -> None:
    refuse(tape, set(range(0, 3_000, 15)))
    tape.publish(range(3_000))
    with tape.working(expected=Fatal, bulk_batch_rows=200) as worker:
        wait_until(lambda: bool(worker.errors), "the end of the sink", 90)
    assert "among the last 1000" in str(worker.errors[0])


@pytest.mark.timeout(120)
def test_a_value_that_no_column_holds_is_refused_before_it_is_sent(tape: Tape) -> None:
    """Avro's reader takes an int of any length; the column has 32 bits."""
    good = tape.codecs.of("market.trades").encode(tape.trade(7))
    null_exchange, others = b"\x00", b"\x00\x00\x00\x0e"  # no conditions, not back-filled, no delay, all parts of a bar
    assert good.endswith(null_exchange + others)
    bad = good.removesuffix(null_exchange + others) + b"\x02" + b"\x80\x80\x80\x80\x80\x02" + others  # exchange = 2 ** 35
    tape.publish(range(40))
    tape.producer.send_bytes("market.trades.v1", bad, key=b"BAD", partition=1).result(20)
    tape.publish(range(40, 80))
    with tape.working():
        wait_until(lambda: len(tape.stored()) >= 80, "the good ones")
        wait_until(lambda: len(tape.letters()) >= 1, "the dead letter")
    assert tape.stored() == list(range(80))
    assert {value: letter[0] for value, letter in tape.letters().items()} == {bad: "RowsRefused"}


@pytest.mark.timeout(120)
def test_a_record_that_is_put_back_for_another_is_no_second_row(tape: Tape) -> None:
    """The sink stored it at its first place; one that the sink itself refused is stored now."""
    tape.publish(range(8))
    encode = tape.codecs.of("market.trades").encode
    for number, stage in ((3, "stage.market"), (8, tape.group)):
        headers = marks(f"letter of {number}", stage)
        tape.producer.send_bytes("market.trades.v1", encode(tape.trade(number)), key=b"BACK", partition=2, headers=headers).result(20)
    tape.publish(range(9, 12))
    with tape.working():
        wait_until(lambda: len(tape.stored()) >= 12, "the rows")
    assert tape.stored() == list(range(12))
    assert not [value for value in tape.letters() if tape.day.encode() in value]
