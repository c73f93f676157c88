"""Puts a flow on its topic, as fast as it goes."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np

from benchmarks.batch_writer import BatchWriter
from benchmarks.flow import Flow
from benchmarks.record_batches import batches_of


def write_flow(writer: BatchWriter, flow: Flow, *, timestamp_ms: int, batch_records: int, compression: str) -> None:
    """Append a flow, ``batch_records`` in a batch, the partitions side by side."""
    starts = np.concatenate(([0], flow.ends[:-1]))
    lanes = []
    for number in range(flow.partitions):
        rows = np.flatnonzero(flow.partition == number)
        lane = batches_of(
            flow.values, starts[rows], flow.ends[rows], flow.keys, flow.key_of[rows],
            timestamp_ms=timestamp_ms, size=batch_records, compression=compression,
        )  # fmt: skip
        lanes.append(lane)
    for batches in zip_longest(*lanes):
        writer.send({number: batch for number, batch in enumerate(batches) if batch is not None})
