"""Writes texts as ClickHouse stores a column of them: each with its length before it."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import int64, types

from infra.columnar.kernel_cache import kernel

_LONGEST_LENGTH = 5  # bytes of a length in groups of seven bits
_BYTES = types.Array(types.uint8, 1, "C", readonly=True)
_NUMBERS = types.Array(types.int64, 1, "A")


@kernel(int64(_BYTES, _NUMBERS, _NUMBERS, types.uint8[::1]))
def _write(data, starts, lengths, out):
    at = 0
    for row in range(len(starts)):
        start, length = starts[row], lengths[row]
        rest = length
        while rest >= 0x80:
            out[at] = (rest & 0x7F) | 0x80
            rest >>= 7
            at += 1
        out[at] = rest
        at += 1
        for index in range(length):
            out[at + index] = data[start + index]
        at += length
    return at


def written_texts(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """Return the column of the texts that lie in ``data`` at ``starts``."""
    out = np.empty(int(lengths.sum()) + _LONGEST_LENGTH * len(lengths), np.uint8)
    return out[: _write(data, starts, lengths, out)]
