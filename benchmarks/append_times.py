"""How long after the record that made it each output was appended, by the broker's own clock: read when the run is over."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.arena import Arena
from benchmarks.stage_tape import StageTape
from infra.kafka.whole_topic import read_whole
from schemas import catalog


def append_times(place: Arena, tape: StageTape) -> dict[Hashable, int]:
    """Return when each named record of the tape was appended, milliseconds since the epoch."""
    flow = tape.flows[tape.cause]
    rows = [np.flatnonzero(flow.flow.partition == number) for number in range(flow.flow.partitions)]
    found: dict[Hashable, int] = {}
    for message in read_whole(place.settings.kafka, catalog.topic(tape.cause)):
        name = flow.names[rows[int(message.partition() or 0)][int(message.offset() or 0)]]
        if name is not None:
            found[name] = message.timestamp()[1]
    return found


def added_delays(place: Arena, tape: StageTape, outputs: Iterable[str], begin: float, end: float) -> NDArray[np.float64]:
    """Return the delay of each output whose cause was appended between two moments, in seconds."""
    causes = {name: at for name, at in append_times(place, tape).items() if begin * 1_000 <= at <= end * 1_000}
    delays = []
    for topic in outputs:
        codec = place.codecs.of(topic)
        for message in read_whole(place.settings.kafka, catalog.topic(topic)):
            caused_at = causes.get(tape.cause_of(int(message.partition() or 0), codec.decode(message.value() or b"")))
            if caused_at is not None:
                delays.append((message.timestamp()[1] - caused_at) / 1_000)
    return np.array(delays, np.float64)
