"""The order of a checkpoint: outputs on the broker, then state in the changelog, then the batch is done (DESIGN §5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from infra.errors import Retryable
from processors.checkpoint import Checkpointer, Taken
from processors.in_flight import Ticket
from processors.key_state import Snapshot
from processors.table_codec import TableCodec
from schemas.records import Tick

CODEC = TableCodec(Tick)


class Recorder:
    """Outputs and changelog that note the order of calls; either can fail or wait."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.stored_values: dict[int, dict[bytes, bytes]] = {}
        self.fails = ""
        self.gate = asyncio.Event()
        self.gate.set()
        self.ticket = Ticket(10)
        self.member = True

    async def acknowledged(self) -> None:
        await self.gate.wait()
        self.note("outputs")

    def stored(self, partition: int) -> Mapping[bytes, bytes]:
        return self.stored_values.get(partition, {})

    async def write(self, partition: int, values: Mapping[bytes, bytes]) -> None:
        self.note("schema" if CODEC.schema_key in values else f"state {partition}")
        self.stored_values.setdefault(partition, {}).update(values)

    def note(self, what: str) -> None:
        assert not self.ticket.done, f"{what} after the batch was done"
        if what == self.fails:
            raise Retryable(f"expected {what}, found none")
        self.calls.append(what)

    async def is_member(self) -> bool:
        return self.member

    def take(self) -> Taken:
        self.ticket = Ticket(10)
        return [Snapshot(p, key, Tick(ts_event=1), {"t": 1}) for p, key in ((0, "A"), (0, "B"), (1, "C"))], [self.ticket]

    def checkpointer(self) -> Checkpointer:
        return Checkpointer(self.take, self, self, CODEC, self.is_member)


async def test_outputs_then_state_then_offsets() -> None:
    world = Recorder()
    assert await world.checkpointer().run()
    assert world.calls == ["outputs", "schema", "schema", "state 0", "state 1"]
    assert world.ticket.done
    assert set(world.stored_values[0]) == {b"A", b"B", CODEC.schema_key}


async def test_the_schema_is_written_once() -> None:
    world = Recorder()
    await world.checkpointer().run()
    world.calls.clear()
    await world.checkpointer().run()
    assert world.calls == ["outputs", "state 0", "state 1"]


@pytest.mark.parametrize("fails", ["outputs", "schema", "state 0", "state 1"])
async def test_what_fails_in_between_leaves_the_batch_undone(fails: str) -> None:
    world = Recorder()
    world.fails = fails
    with pytest.raises(Retryable):
        await world.checkpointer().run()
    assert not world.ticket.done


async def test_a_worker_that_lost_its_partitions_writes_no_state() -> None:
    """It was frozen longer than its session: its state is older than the new owner's."""
    world = Recorder()
    world.member = False
    assert not await world.checkpointer().run()
    assert world.calls == ["outputs"]
    assert not world.ticket.done


async def test_checkpoints_do_not_overtake_each_other() -> None:
    world = Recorder()
    world.gate.clear()
    checkpointer = world.checkpointer()
    first, second = asyncio.create_task(checkpointer.run()), asyncio.create_task(checkpointer.run())
    await asyncio.sleep(0)
    assert world.calls == []
    world.gate.set()
    await asyncio.gather(first, second)
    assert world.calls == ["outputs", "schema", "schema", "state 0", "state 1", "outputs", "state 0", "state 1"]
    assert checkpointer.completed == 2
