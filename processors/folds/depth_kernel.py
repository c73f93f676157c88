"""Which snapshots are newer than all before them of their symbol, as one compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def newest_books(rows: Any, index: Any, generation: Any, sequence: Any) -> Any:
    """Move the rows on in place and return for each snapshot whether it is new; count the others as dropped."""
    fresh = np.zeros(len(index), np.bool_)
    for i in range(len(index)):
        row = rows[index[i]]
        if generation[i] > row.generation or (generation[i] == row.generation and sequence[i] > row.sequence):
            row.generation = generation[i]
            row.sequence = sequence[i]
            fresh[i] = True
        else:
            row.dropped += 1
    return fresh
