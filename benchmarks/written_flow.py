"""What a stage has written, as the input of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.arena import Arena
from benchmarks.flow import flow_of
from benchmarks.stage_tape import by_moment
from benchmarks.timed_flow import TimedFlow
from benchmarks.whole_market.size import START_US
from infra.clock import MICROSECONDS
from infra.kafka.whole_topic import read_whole
from schemas import catalog


def written_flow(place: Arena, topic: str) -> TimedFlow:
    """Return a topic's records, each due at its ``ts_event``: the tick that made it; every partition keeps its order."""
    entry, codec = catalog.topic(topic), place.codecs.of(topic)
    found: list[tuple[int, int, bytes, bytes, Any]] = []
    for message in read_whole(place.settings.kafka, entry):
        record, value, partition = codec.decode(message.value() or b""), message.value() or b"", int(message.partition() or 0)
        found.append((record.ts_event, partition, message.key() or b"", value, by_moment(partition, record)))
    found.sort(key=lambda item: item[0])
    flow = flow_of([item[2] for item in found], [item[3] for item in found], entry.partitions, [item[1] for item in found])
    due = (np.array([item[0] for item in found], np.int64) - START_US) / MICROSECONDS
    return TimedFlow(flow, due, [item[4] for item in found])
