"""Records ready to be sent: their bytes, keys and partitions, in the order of sending."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.market_tape import MarketTape
from benchmarks.trade_values import encode


@dataclass(frozen=True, slots=True)
class Flow:
    """Framed values of one topic.

    Attributes
    ----------
    values, ends
        One buffer, and where each value ends in it.
    keys, key_of
        Different keys, and the key of each record.
    partition
        Of each record.
    """

    values: NDArray[np.uint8]
    ends: NDArray[np.int64]
    keys: list[bytes]
    key_of: NDArray[np.int64]
    partition: NDArray[np.int64]
    partitions: int

    def __len__(self) -> int:
        return len(self.ends)


def flow_of_tape(tape: MarketTape, schema_id: int) -> Flow:
    """Return the trades of a tape."""
    values, ends = encode(tape, schema_id, 0, len(tape))
    keys = [name.encode() for name in tape.symbols]
    return Flow(values, ends, keys, tape.symbol.astype(np.int64), tape.partition_of_symbol[tape.symbol], tape.partitions)
