"""The newest closed seconds with the digests of their prints: tell a late trade from a repeated one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from processors.calc.aggregate import Aggregate, Print, merge
from processors.calc.packed import Layout
from processors.folds.bars import AGGREGATES


class _Identity(NamedTuple):
    digest: int


_DIGESTS = Layout(_Identity)


class KnownSeconds(NamedTuple):
    """Closed seconds, oldest first, packed; ``identities`` holds trade_count digests for each."""

    seconds: bytes
    identities: bytes

    def append(self, second: Aggregate, prints: Sequence[Print], limit: int) -> KnownSeconds:
        """Add the newest second and forget the oldest beyond ``limit``."""
        seconds = self.seconds + AGGREGATES.pack(*second)
        identities = self.identities + _DIGESTS.pack_all([_Identity(item.identity) for item in prints])
        surplus = len(seconds) // AGGREGATES.row_size - limit
        if surplus > 0:
            cut = surplus * AGGREGATES.row_size
            forgotten = sum(item.trade_count for item in AGGREGATES.unpack(seconds[:cut]))
            return KnownSeconds(seconds[cut:], identities[forgotten * _DIGESTS.row_size :])
        return KnownSeconds(seconds, identities)

    def revise(self, late: Aggregate, prints: Sequence[Print]) -> tuple[KnownSeconds, Aggregate | None]:
        """Put late prints into their second.

        Returns
        -------
        tuple
            The seconds, and the revised second; None if it is too old to be known.
        """
        rows = AGGREGATES.unpack(self.seconds)
        if not rows or late.start < rows[0].start:
            return self, None
        digests = [_Identity(item.identity) for item in prints]
        place = 0
        for index, row in enumerate(rows):
            if row.start == late.start:
                place += row.trade_count
                rows[index] = late = merge(row, late)._replace(revision=row.revision + row.priced)
                break
            if row.start > late.start:
                rows.insert(index, late)
                break
            place += row.trade_count
        else:
            rows.append(late)
        cut = place * _DIGESTS.row_size
        return (
            KnownSeconds(AGGREGATES.pack_all(rows), self.identities[:cut] + _DIGESTS.pack_all(digests) + self.identities[cut:]),
            late,
        )

    def within(self, start: int, end: int) -> Aggregate | None:
        """Return the sum of the known seconds in a window, None if there are none."""
        found: Aggregate | None = None
        for row in AGGREGATES.unpack(self.seconds):
            if start <= row.start < end:
                part = row._replace(start=start, end=end, revision=0)
                found = merge(found, part) if found else part
        return found

    def without_repeats(self, prints: Sequence[Print]) -> list[Print]:
        """Return the prints that are in none of the known seconds."""
        wanted = {item.ts_event - item.ts_event % 1_000_000 for item in prints}
        known: set[tuple[int, int]] = set()
        place = 0
        digests = _DIGESTS.unpack(self.identities)
        for row in AGGREGATES.unpack(self.seconds):
            if row.start in wanted:
                known.update((row.start, item.digest) for item in digests[place : place + row.trade_count])
            place += row.trade_count
        return [item for item in prints if (item.ts_event - item.ts_event % 1_000_000, item.identity) not in known]
