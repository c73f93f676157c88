"""Records ready to be sent: their bytes, keys and partitions, in the order of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from aiokafka.partitioner import murmur2
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

    def where(self, kept: NDArray[np.bool_]) -> Flow:
        """Return the records that are to be kept."""
        lengths = np.diff(self.ends, prepend=0)
        values = self.values[: lengths.sum()][np.repeat(kept, lengths)]
        return replace(self, values=values, ends=np.cumsum(lengths[kept]), key_of=self.key_of[kept], partition=self.partition[kept])

    def part(self, first: int, last: int) -> Flow:
        """Return some of the records."""
        start = int(self.ends[first - 1]) if first else 0
        end = int(self.ends[last - 1]) if last else 0
        rows = slice(first, last)
        return replace(self, values=self.values[start:end], ends=self.ends[rows] - start, key_of=self.key_of[rows], partition=self.partition[rows])


def flow_of_tape(tape: MarketTape, schema_id: int, first: int = 0, last: int | None = None) -> Flow:
    """Return the trades of a tape, or some of them."""
    last = len(tape) if last is None else last
    values, ends = encode(tape, schema_id, first, last)
    symbol = tape.symbol[first:last].astype(np.int64)
    return Flow(values, ends, [name.encode() for name in tape.symbols], symbol, tape.partition_of_symbol[symbol], tape.partitions)


def flow_of(keys: Sequence[bytes], values: Sequence[bytes], partitions: int, partition: Sequence[int] | None = None) -> Flow:
    """Return encoded records; without ``partition`` the key says where each goes, as every Kafka client computes it."""
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    key_of = np.array([codes[key] for key in keys], np.int64)
    if partition is None:
        place = np.array([murmur2(key) & 0x7FFFFFFF for key in codes], np.int64)[key_of] % partitions
    else:
        place = np.array(partition, np.int64)
    ends = np.cumsum([len(value) for value in values], dtype=np.int64)
    return Flow(np.frombuffer(b"".join(values), np.uint8), ends, list(codes), key_of, place, partitions)
