"""Makes what was folded durable, in the one order that loses nothing: outputs, then state, then offsets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from infra.kill_point import kill_point
from processors.in_flight import Ticket
from processors.key_state import Snapshot

_ENCODED_AT_ONCE = 32  # states encoded before other tasks get their turn


class Outputs(Protocol):
    """What a checkpoint needs of `infra.kafka.producer.RecordProducer`."""

    async def acknowledged(self) -> None: ...


class Changelog(Protocol):
    """What a checkpoint needs of `processors.state_table.StateTable`."""

    def stored(self, partition: int) -> Mapping[bytes, bytes]: ...

    async def write(self, partition: int, values: Mapping[bytes, bytes]) -> None: ...


class StateCodec(Protocol):
    """State under one key of the changelog to bytes."""

    @property
    def schema_key(self) -> bytes: ...

    @property
    def schema_text(self) -> bytes: ...

    def encode(self, state: Any, offsets: Mapping[str, int]) -> bytes: ...


Taken = tuple[Sequence[Snapshot[Any]], Sequence[Ticket]]


class Checkpointer:
    """Runs one checkpoint at a time.

    Parameters
    ----------
    take
        Gives, in one go, the states that changed and the tickets of the batches folded since the last call.
    is_member
        Confirms that we still own our partitions, if that is in doubt; False if they are somebody else's by now.
    """

    def __init__(
        self,
        take: Callable[[], Taken],
        outputs: Outputs,
        changelog: Changelog,
        codec: StateCodec,
        is_member: Callable[[], Any],
    ) -> None:
        self._take = take
        self._outputs = outputs
        self._changelog = changelog
        self._codec = codec
        self._is_member = is_member
        self._lock = asyncio.Lock()
        self.completed = 0

    @property
    def is_running(self) -> bool:
        """Tell whether something was taken that is not durable yet."""
        return self._lock.locked()

    async def run(self) -> bool:
        """Make everything folded so far durable; return False if there was nothing to do, or it is not ours any more.

        A crash before the state is written repeats the outputs, with the same ids; a crash after it repeats records, which the
        offsets in the state recognise. In no order but this one is nothing lost.

        Raises
        ------
        Exception
            Nothing is acknowledged then; the process must start again from its last checkpoint.
        """
        async with self._lock:
            snapshots, tickets = self._take()
            if not snapshots and not tickets:
                return False
            kill_point("before-outputs-acknowledged")
            await self._outputs.acknowledged()
            kill_point("outputs-acknowledged")
            if snapshots:
                if not await self._is_member():
                    return False
                await self._write(snapshots)
            kill_point("state-written")
            for ticket in tickets:
                ticket.done = True
            self.completed += 1
            return True

    async def _write(self, snapshots: Sequence[Snapshot[Any]]) -> None:
        by_partition: dict[int, dict[bytes, bytes]] = {}
        for count, snapshot in enumerate(snapshots):
            if count % _ENCODED_AT_ONCE == _ENCODED_AT_ONCE - 1:
                await asyncio.sleep(0)
            values = by_partition.setdefault(snapshot.partition, {})
            values[snapshot.key.encode()] = self._codec.encode(snapshot.state, snapshot.offsets)
        for partition in by_partition:
            if self._codec.schema_key not in self._changelog.stored(partition):
                # First and alone: a state must never be in the changelog without the schema it was written with.
                await self._changelog.write(partition, {self._codec.schema_key: self._codec.schema_text})
        for partition, values in by_partition.items():
            await self._changelog.write(partition, values)
            kill_point("state-half-written")
