"""Puts the tape on its topic."""

from __future__ import annotations

from benchmarks.batch_writer import BatchWriter
from benchmarks.flow import flow_of_tape
from benchmarks.flow_topic import write_flow
from benchmarks.market_tape import MarketTape

_CHUNK = 1_000_000  # trades encoded at once: bounds memory
_NS_PER_MS = 1_000_000


def write_tape(tape: MarketTape, bootstrap_servers: str, topic: str, schema_id: int, *, batch_records: int, compression: str) -> float:
    """Append the whole tape, partition by key, ``batch_records`` in a batch; return the mean bytes of a value."""
    written = 0
    with BatchWriter(bootstrap_servers, topic) as writer:
        for first in range(0, len(tape), _CHUNK):
            flow = flow_of_tape(tape, schema_id, first, min(first + _CHUNK, len(tape)))
            written += int(flow.ends[-1])
            stamp = int(tape.ts_event_ns[first]) // _NS_PER_MS
            write_flow(writer, flow, timestamp_ms=stamp, batch_records=batch_records, compression=compression)
    return written / len(tape)
