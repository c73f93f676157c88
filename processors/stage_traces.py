"""Carries sampled traces through a stage, beside the fold, which knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from infra.clock import SystemClock
from infra.tracing.traceparent import HEADER, Headers, TraceParent, of_headers
from infra.tracing.tracer import Span, Tracer, identifiers
from processors.fold import Output
from schemas import catalog

if TYPE_CHECKING:
    from infra.columnar.record_batch import RawBatch, RawRecord

_SIGN = HEADER.encode()


class StageTraces:
    """Remembers, key by key, the newest traced record that was folded since the key's last output; made only while tracing is on.

    What a key's next outputs are made of includes that record, so their headers go on with its trace: in the same step, or, where ticks
    make the outputs, at the next tick that does.

    Parameters
    ----------
    tracer
        Makes the spans, one for the outputs of a key, or of one of its setups: from the record's folding to the end of the step.
    unit
        Their name.
    until_tick
        Outputs come with ticks; else a record that leads to nothing at once leads to nothing.
    """

    def __init__(self, tracer: Tracer, unit: str, *, until_tick: bool) -> None:
        self._tracer = tracer
        self._unit = unit
        self._until_tick = until_tick
        self._folded: dict[str, tuple[TraceParent, int]] = {}
        self._followed: dict[str, tuple[TraceParent, int]] = {}
        self._open: dict[tuple[str, str], Span] = {}
        self._clock = SystemClock()

    def folding(self, key: bytes | None, headers: Headers | None) -> None:
        """Take note of a record that is about to be folded."""
        trace = of_headers(headers)
        if trace is not None and key is not None:
            self._folded[key.decode()] = (trace, self._clock.now_us() // 1_000)

    def folding_raw(self, batches: Sequence[RawBatch]) -> None:
        """Take note of the records in batches that are about to be folded."""
        for record in self.traced_in(batches):
            self.folding(record.key, record.headers)

    def traced_in(self, batches: Sequence[RawBatch]) -> Iterator[RawRecord]:
        """Yield the records that may carry a trace; batches without one are not walked."""
        for batch in batches:
            if bytes(batch.data[batch.start : batch.stop]).find(_SIGN) >= 0:
                from infra.columnar.record_batch import records_of

                yield from (record for record in records_of(batch) if record.headers)

    def headers(self, output: Output) -> dict[str, str | bytes] | None:
        """Return the headers of an output, if its key was folded from a traced record."""
        key = catalog.topic(output.topic).key_of(output.record)
        if key is None:
            return None
        setup = (key, getattr(output.record, "setup_id", ""))  # a step may end one setup and begin the next; a span speaks of one
        span = self._open.get(setup)
        if span is None:
            if key in self._folded:
                self._followed[key] = self._folded.pop(key)
            if key not in self._followed:
                return None
            trace, folded_ms = self._followed[key]
            span = self._open[setup] = self._tracer.start(self._unit, trace, started_ms=folded_ms, topic=output.topic, **identifiers(output.record))
        elif found := identifiers(output.record):
            span.note(**found)
        return span.headers

    def stepped(self) -> None:
        """A step, of one record or tick, is over: so are the spans of its outputs."""
        if self._open:
            for span in self._open.values():
                span.end()
            self._open.clear()
            self._followed.clear()
        if not self._until_tick and self._folded:
            self._folded.clear()

    def forget(self) -> None:
        """Partitions went away: whoever owns them now begins anew."""
        self._folded.clear()
        self._followed.clear()
        self._open.clear()
