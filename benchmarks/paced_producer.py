"""Puts a flow on its topic, each record at its moment, and remembers when each left."""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks.arena import Arena
from benchmarks.batch_writer import BatchWriter
from benchmarks.flow import Flow
from benchmarks.record_batches import batches_of

TICK_SECONDS = 0.002


def evenly(count: int, rate: float) -> NDArray[np.float64]:
    """Return the moments of records at a steady pace."""
    return np.arange(count) / rate


class PacedProducer:
    """A producer in a thread: every two milliseconds it sends what is due, one batch a partition.

    Parameters
    ----------
    due
        When each record leaves, in seconds after the beginning; never falling.
    tick_seconds
        How often it looks; with several producers in a process, less often costs less.
    compression
        Of its batches.

    Attributes
    ----------
    sent
        When each record was handed to the socket, seconds since the epoch; NaN until then.
    """

    def __init__(
        self, arena: Arena, topic: str, flow: Flow, due: NDArray[np.float64], *, tick_seconds: float = TICK_SECONDS, compression: str = "none"
    ) -> None:
        self._flow = flow
        self._due = due
        self._tick_seconds = tick_seconds
        self._compression = compression
        self._starts = np.concatenate(([0], flow.ends[:-1]))
        self._writer = BatchWriter(arena.bootstrap, topic)
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.sent: NDArray[np.float64] = np.full(len(flow), np.nan)

    def send(self, first: int, last: int) -> None:
        """Send some records at once and wait until they are on the broker."""
        self._send(first, last)
        self._writer.flush()

    def start(self, first: int, last: int, beginning: float | None = None) -> None:
        """Begin to send records ``first`` to ``last`` at the pace.

        ``beginning`` is the time, in seconds since the epoch, that their moments count from; by default the first of them leaves now.
        """
        if beginning is None:
            beginning = time.time() - (float(self._due[first]) if first < last else 0.0)
        self._thread = threading.Thread(target=self._run, args=(first, last, beginning), name="producer", daemon=True)
        self._thread.start()

    def wait(self) -> float:
        """Wait until the last record is on the broker; return how late the latest of them left, in seconds."""
        assert self._thread is not None
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._latest

    def close(self) -> None:
        with self._writer:
            pass

    def _run(self, first: int, last: int, beginning: float) -> None:
        try:
            self._latest = 0.0
            done = first
            while done < last:
                now = time.time()
                due = min(int(np.searchsorted(self._due, now - beginning, side="right")), last)
                if due > done:
                    self._latest = max(self._latest, now - (beginning + float(self._due[done])))
                    self._send(done, due)
                    done = due
                following = beginning + float(self._due[done]) if done < last else now
                time.sleep(max(0.0, now + self._tick_seconds - time.time(), following - time.time()))
            self._writer.flush()
        except BaseException as failure:  # the waiting thread raises it
            self._failure = failure

    def _send(self, first: int, last: int) -> None:
        flow, batches, stamp = self._flow, {}, int(time.time() * 1_000)
        for partition in range(flow.partitions):
            rows = first + np.flatnonzero(flow.partition[first:last] == partition)
            if len(rows):
                [batches[partition]] = batches_of(
                    flow.values, self._starts[rows], flow.ends[rows], flow.keys, flow.key_of[rows],
                    timestamp_ms=stamp, size=len(rows), compression=self._compression,
                )  # fmt: skip
        self.sent[first:last] = time.time()
        self._writer.send(batches)
