"""Puts the tape on its topic."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np

from benchmarks.batch_writer import BatchWriter
from benchmarks.market_tape import MarketTape
from benchmarks.record_batches import batches_of
from benchmarks.trade_values import encode

_CHUNK = 1_000_000  # trades encoded at once: bounds memory
_NS_PER_MS = 1_000_000


def write_tape(tape: MarketTape, bootstrap_servers: str, topic: str, schema_id: int, *, batch_records: int, compression: str) -> float:
    """Append the whole tape, partition by key, ``batch_records`` in a batch; return the mean bytes of a value."""
    keys = [name.encode() for name in tape.symbols]
    written = 0
    with BatchWriter(bootstrap_servers, topic) as writer:
        for first in range(0, len(tape), _CHUNK):
            last = min(first + _CHUNK, len(tape))
            values, ends = encode(tape, schema_id, first, last)
            written += int(ends[-1])
            starts = np.concatenate(([0], ends[:-1]))
            partition = tape.partition_of_symbol[tape.symbol[first:last]]
            lanes = []
            for number in range(tape.partitions):
                rows = np.flatnonzero(partition == number)
                symbols = tape.symbol[first:last][rows].astype(np.int64)
                stamp = int(tape.ts_event_ns[first]) // _NS_PER_MS
                lane = batches_of(
                    values, starts[rows], ends[rows], keys, symbols, timestamp_ms=stamp, size=batch_records, compression=compression
                )
                lanes.append(lane)
            for batches in zip_longest(*lanes):
                writer.send({number: batch for number, batch in enumerate(batches) if batch is not None})
    return written / len(tape)

