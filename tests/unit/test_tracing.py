"""OPS-09, OPS-26: traceparent follows W3C, spans reach an OTLP collector at the address of the settings, off costs and sends nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import Settings, TracingSettings
from infra.tracing.traceparent import HEADER, TraceParent, of_headers, parse
from infra.tracing.tracer import OFF, identifiers, tracer_of
from infra.vendorsim.otlp_collector import collecting
from schemas.records import ClockCheck

EXAMPLE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"  # of the W3C recommendation


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1))
def test_a_traceparent_comes_back_from_its_text(trace_id: int, span_id: int) -> None:
    parent = TraceParent(trace_id, span_id)
    assert parse(str(parent)) == parent
    assert of_headers([("other", b"x"), (HEADER, str(parent).encode())]) == parent


def test_the_example_of_the_recommendation() -> None:
    parent = parse(EXAMPLE)
    assert parent is not None and str(parent) == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE[:-2] + "00",  # not sampled
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        EXAMPLE.upper(),
        EXAMPLE[:-1],
        "",
        "ff" + EXAMPLE[2:],
        EXAMPLE + "\n",
    ],
)
def test_what_is_no_sampled_traceparent_is_nothing(text: str) -> None:
    assert parse(text) is None
    assert of_headers([(HEADER, text.encode())]) is None


@pytest.mark.parametrize("headers", [None, [], [(HEADER, None)], [(HEADER, b"\xff\xfe")]])
def test_headers_that_say_nothing(headers: list[tuple[str, bytes | None]] | None) -> None:
    assert of_headers(headers) is None


def test_off_by_default() -> None:
    tracer = tracer_of(Settings(), "test")
    assert tracer is OFF and not tracer.on and not tracer.begins()


def test_spans_of_two_processes_are_one_trace_at_the_collector() -> None:
    with collecting() as collector:
        settings = Settings(tracing=TracingSettings(ratio=1.0, endpoint=collector.endpoint))
        feed, sink = tracer_of(settings, "feeds"), tracer_of(settings, "delivery")
        assert feed.on and feed.begins()
        first = feed.start("vendor frame", symbols=["ACRX"], nothing=None)
        first.end()
        parent = of_headers(first.headers.items())
        assert parent is not None
        second = sink.start("sink.discord", parent, started_ms=1_000)
        second.note(message_id="7", lateness_ms=None)
        second.end()
        sink.start("never ended", parent)
        feed.close()
        sink.close()
        spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"vendor frame", "sink.discord"}
    above, below = spans["vendor frame"], spans["sink.discord"]
    assert below.trace_id == above.trace_id and below.parent_id == above.span_id and above.parent_id == ""
    assert (above.process, below.process) == ("feeds", "delivery")
    assert above.attributes == {"symbols": ["ACRX"]} and below.attributes == {"message_id": "7"}
    assert below.start_ns == 1_000_000_000 < below.end_ns
    assert collector.above(below) == [below, above]


def test_the_ratio_is_the_share_of_traces_that_begin() -> None:
    with collecting() as collector:
        tracer = tracer_of(Settings(tracing=TracingSettings(ratio=0.25, endpoint=collector.endpoint)), "test")
        began = sum(tracer.begins() for _ in range(4_000))
        tracer.close()
    assert 800 < began < 1_200


def test_a_span_is_found_by_the_ids_of_its_record() -> None:
    assert identifiers(ClockCheck(unit="x", ts_event=1, ts_published=1, previous_skew_ms=None)) == {}
