"""Remembers which events were told, so that a repeat after an upstream crash is told once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

Place = tuple[str, int, int]
"""Topic, partition, offset."""


class RecentlySeen:
    """Event ids with the place each was first met at, bounded.

    The same id at the same place is not a repeat: the transaction that told it was aborted, and it must be told again.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._places: OrderedDict[str, Place | None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def told(self, event_ids: Iterable[str]) -> None:
        """Take over ids that are known to be out; at whatever place they come again, they are repeats."""
        for event_id in event_ids:
            self._keep(event_id, None)

    def is_repeat(self, event_id: str, place: Place) -> bool:
        """Tell whether the event was met before at another place; remember it otherwise."""
        if event_id in self._places:
            return self._places[event_id] != place
        self._keep(event_id, place)
        return False

    def _keep(self, event_id: str, place: Place | None) -> None:
        self._places[event_id] = place
        if len(self._places) > self._capacity:
            self._places.popitem(last=False)
