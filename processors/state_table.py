"""The stage's Faust table: bytes by partition, written with an acknowledgement, recovered newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from faust.tables.table import Table
from faust.types import TP

from processors.table_codec import SCHEMA_KEY_PREFIX, supersedes


class StateTable(Table):  # type: ignore[misc]
    """Changelog-backed bytes.

    Faust's own store forgets which partition a key belongs to when the key is set by an agent, saves nothing that is changed in
    place, and may only be written inside a stream. This one is written by checkpoints, and a write is awaited.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored: dict[int, dict[bytes, bytes]] = {}
        self._sizes: dict[int, int] = {}

    def stored(self, partition: int) -> Mapping[bytes, bytes]:
        """Return what the changelog holds for a partition."""
        return self._stored.get(partition, {})

    @property
    def stored_bytes(self) -> int:
        """Return the size of all values that the changelog holds of the partitions read."""
        return sum(self._sizes.values())

    async def write(self, partition: int, values: Mapping[bytes, bytes]) -> None:
        """Write values and wait until the changelog has them all.

        Raises
        ------
        Exception
            What the producer met; nothing may be acknowledged then.
        """
        sent = [self.send_changelog(partition, key, value) for key, value in values.items()]
        await asyncio.gather(*sent)
        states = self._stored.setdefault(partition, {})
        grown = sum(len(value) - len(states.get(key, b"")) for key, value in values.items())
        self._sizes[partition] = self._sizes.get(partition, 0) + grown
        states.update(values)

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Take over records read from the changelog during recovery."""
        for event in batch:
            message = event.message
            self._apply(message.partition, message.key, message.value)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        await super().on_recovery_completed(active_tps, standby_tps)
        kept = {tp.partition for tp in active_tps}
        for partition in set(self._stored) - kept:
            self._sizes.pop(partition, None)
            del self._stored[partition]  # its next owner writes on; a later recovery reads it from the beginning

    def _apply(self, partition: int, key: bytes, value: bytes | None) -> None:
        states = self._stored.setdefault(partition, {})
        before = states.get(key)
        if value is None:
            states.pop(key, None)
        elif key.startswith(SCHEMA_KEY_PREFIX) or supersedes(value, before):
            states[key] = value
        else:
            return
        self._sizes[partition] = self._sizes.get(partition, 0) + len(value or b"") - len(before or b"")
