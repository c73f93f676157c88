"""Remembers the newest ids of a vendor's events, for vendors that number nothing."""

from __future__ import annotations


class RecentIds:
    """A bounded set that forgets the oldest first.

    Parameters
    ----------
    remembered
        Ids kept.
    """

    __slots__ = ("_ids", "_remembered")

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._ids: dict[str, None] = {}

    def add(self, identity: str) -> bool:
        """Note an id; tell whether it was new."""
        ids = self._ids
        if identity in ids:
            return False
        ids[identity] = None
        if len(ids) > self._remembered:
            del ids[next(iter(ids))]
        return True
