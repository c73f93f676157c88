"""Which records a line has sent, so that an answer that says the same again is not sent again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from typing import Any

from schemas.record import Record

_LEAST_REMEMBERED = 2_000
_STAMPS = frozenset({"ts_received", "ts_published"})


@dataclass(slots=True)
class RecordMemory:
    """The records of one line; it remembers twice as many as the longest answer had, at least 2,000."""

    _seen: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _most: int = _LEAST_REMEMBERED

    def is_new(self, record: Record) -> bool:
        """Tell whether nothing equal, stamps aside, was remembered."""
        return _digest(record) not in self._seen

    def remember(self, records: list[Record]) -> None:
        """Take note of all records of an answer, sent now or before."""
        self._most = max(self._most, 2 * len(records))
        for record in records:
            digest = _digest(record)
            self._seen[digest] = None
            self._seen.move_to_end(digest)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)


def _digest(record: Record) -> bytes:
    plain: Any = record
    stamps = {one.name: 0 for one in fields(plain) if one.name in _STAMPS}
    return blake2b(repr(replace(plain, **stamps)).encode(), digest_size=16).digest()
