"""A 64-bit digest of what makes a print unique within its microsecond; the same in every process, from one print or from columns.

FNV-1a over the trade id (Fowler, Noll, Vo), mixed with the sequence number by the finaliser of SplitMix64 (Steele, Lea, Flood 2014):
short ids that differ in their last digit alone end far apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = 0xFFFFFFFFFFFFFFFF
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def identity_of(sequence: int, trade_id: str) -> int:
    """Return the digest of one print as a signed 64-bit integer."""
    digest = _OFFSET
    for byte in trade_id.encode():
        digest = (digest ^ byte) * _PRIME & _MASK
    digest = (digest + (sequence & _MASK) * _GOLDEN) & _MASK
    digest = (digest ^ (digest >> 30)) * _MIX_1 & _MASK
    digest = (digest ^ (digest >> 27)) * _MIX_2 & _MASK
    digest ^= digest >> 31
    return digest - (1 << 64) if digest >> 63 else digest


def identities_of(
    sequence: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the digests of many prints, int64; the trade ids are UTF-8 in ``data``."""
    digest: Any = np.full(len(sequence), _OFFSET, np.uint64)
    prime = np.uint64(_PRIME)
    for place in range(int(lengths.max(initial=0))):
        longer = lengths > place  # ids have about the same length: a pass over all prints for each byte
        byte = data[starts[longer] + place].astype(np.uint64)
        digest[longer] = (digest[longer] ^ byte) * prime
    digest += sequence.astype(np.uint64) * np.uint64(_GOLDEN)
    digest = (digest ^ (digest >> np.uint64(30))) * np.uint64(_MIX_1)
    digest = (digest ^ (digest >> np.uint64(27))) * np.uint64(_MIX_2)
    digest ^= digest >> np.uint64(31)
    return digest.view(np.int64)  # type: ignore[no-any-return]
