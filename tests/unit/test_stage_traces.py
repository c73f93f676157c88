"""OPS-09: a stage's outputs go on with the newest trace folded since their key's last output, and no fold knows of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from infra.tracing.traceparent import HEADER, TraceParent, of_headers
from infra.tracing.tracer import Tracer
from processors.fold import Output
from processors.stage_traces import StageTraces
from schemas.records import Bar
from tests.support.raw_batches import LZ4, batch_of
from tests.support.setup_events import armed
from tests.support.toy_stage import _bar

FIRST, SECOND, THIRD = (TraceParent(0xA0 + number, 0xB0 + number) for number in range(3))


@pytest.fixture
def sent() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(sent: InMemorySpanExporter) -> Tracer:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(sent))
    return Tracer(1.0, provider)


def header(trace: TraceParent) -> list[tuple[str, bytes | None]]:
    return [("other", None), (HEADER, str(trace).encode())]


def bar(symbol: str, second: int = 1) -> Output:
    record: Bar = _bar(symbol, second, "1,1.0")
    return Output("derived.bars", record)


def trace_of(traces: StageTraces, output: Output) -> TraceParent | None:
    headers = traces.headers(output)
    return None if headers is None else of_headers(headers.items())


def parents(sent: InMemorySpanExporter) -> list[tuple[int, int]]:
    return [(span.parent.trace_id, span.parent.span_id) for span in sent.get_finished_spans() if span.parent is not None]


def test_the_outputs_of_a_tick_share_one_span_below_the_newest_trace(tracer: Tracer, sent: InMemorySpanExporter) -> None:
    traces = StageTraces(tracer, "stage.market", until_tick=True)
    traces.folding(b"A", header(FIRST))
    traces.stepped()
    traces.folding(b"A", header(SECOND))
    traces.stepped()
    traces.folding(b"B", [])
    traces.stepped()
    one, other = trace_of(traces, bar("A", 1)), trace_of(traces, bar("A", 2))
    assert one == other and one is not None and one.trace_id == SECOND.trace_id and one.span_id != SECOND.span_id
    assert trace_of(traces, bar("B")) is None
    assert not sent.get_finished_spans(), "the step is not over"
    traces.stepped()
    assert parents(sent) == [SECOND]
    (span,) = sent.get_finished_spans()
    assert span.name == "stage.market" and dict(span.attributes or {}) == {"topic": "derived.bars", "symbol": "A"}
    assert trace_of(traces, bar("A", 3)) is None, "the next output of the key is made of later records"


def test_without_ticks_a_record_that_leads_to_nothing_at_once_leads_to_nothing(tracer: Tracer, sent: InMemorySpanExporter) -> None:
    traces = StageTraces(tracer, "stage.decisions", until_tick=False)
    traces.folding(b"A", header(FIRST))
    traces.stepped()
    traces.folding(b"A", [])
    assert trace_of(traces, bar("A")) is None
    traces.stepped()
    traces.folding(b"A", header(THIRD))
    assert trace_of(traces, bar("A")) is not None
    traces.stepped()
    assert parents(sent) == [THIRD]


def test_a_step_that_ends_one_setup_and_begins_the_next_has_a_span_of_each(tracer: Tracer, sent: InMemorySpanExporter) -> None:
    traces = StageTraces(tracer, "stage.decisions", until_tick=False)
    ended, begun = (Output("setups.events", armed("A", 1, setup_id=setup_id)) for setup_id in ("ended", "begun"))
    traces.folding(b"A", header(FIRST))
    below = [trace_of(traces, output) for output in (ended, begun, ended)]
    assert below[0] == below[2] != below[1]
    traces.stepped()
    assert parents(sent) == [FIRST, FIRST]
    said = {TraceParent(span.context.trace_id, span.context.span_id): (span.attributes or {})["setup_id"] for span in sent.get_finished_spans()}
    assert said == {below[0]: "ended", below[1]: "begun"}
    assert trace_of(traces, begun) is None, "the next step begins with nothing"


@pytest.mark.parametrize("compression", [0, LZ4])
def test_raw_batches_are_walked_only_where_a_trace_is(tracer: Tracer, compression: int, monkeypatch: pytest.MonkeyPatch) -> None:
    traces = StageTraces(tracer, "stage.market", until_tick=True)
    plain = batch_of([b"x"] * 3, key=b"A", compression=compression)
    traced = batch_of([b"x"] * 3, key=b"B", headers=[[], header(FIRST), []], compression=compression, base_offset=10)
    walked: list[int] = []
    note = traces.folding

    def folding(key: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> None:
        walked.append(len(headers))
        note(key, headers)

    monkeypatch.setattr(traces, "folding", folding)
    traces.folding_raw([plain, traced])
    assert walked == [2]
    assert trace_of(traces, bar("A")) is None
    found = trace_of(traces, bar("B"))
    assert found is not None and found.trace_id == FIRST.trace_id


def test_partitions_that_went_take_their_traces_along(tracer: Tracer) -> None:
    traces = StageTraces(tracer, "stage.market", until_tick=True)
    traces.folding(b"A", header(FIRST))
    traces.forget()
    assert trace_of(traces, bar("A")) is None
