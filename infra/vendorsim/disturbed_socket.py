"""A paced socket that incidents can disturb while they last: its frames pass a door, and it can have nothing to say for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.clock import Clock, monotonic_seconds
from infra.vendorsim.frame_door import FrameDoor
from infra.vendorsim.paced_socket import PacedSocket


class DisturbedSocket(PacedSocket):
    """One client of one vendor.

    Parameters
    ----------
    door
        What becomes of frames on their way out.
    """

    def __init__(self, clock: Clock, door: FrameDoor, delay_ms: int = 0) -> None:
        super().__init__(clock, delay_ms)
        self.door = door
        self._quiet_until = 0.0
        self._last_frame = b"[]"

    def rest(self, real_seconds: float) -> None:
        """Send no data for a while, but answer pings: a market in which nothing happens, or a feed that has lost it."""
        self._quiet_until = monotonic_seconds() + real_seconds

    async def deliver(self, frame: bytes) -> None:
        self._last_frame = frame
        await self.say(*self.door.passed(frame, monotonic_seconds()))

    async def _catch_up(self, now_ms: int) -> None:
        await self.say(*self.door.due(monotonic_seconds()))
        if monotonic_seconds() < self._quiet_until and self._position_ms is not None:
            self._position_ms = max(self._position_ms, now_ms)
        await super()._catch_up(now_ms)


def disturb(kind: str, order: Mapping[str, Any], connection: DisturbedSocket) -> None:
    """Let an incident of `infra.vendorsim.frame_door` last for the order's ``seconds``."""
    connection.door.begin(kind, order, monotonic_seconds())
