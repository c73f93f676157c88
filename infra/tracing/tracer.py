"""Makes spans and sends them to an OTLP collector; costs one comparison while it is off."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from infra.errors import ConfigurationError
from infra.tracing.traceparent import HEADER, TraceParent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as LibrarySpan

    from infra.settings import Settings

_EXPORT_EVERY_MS = 1_000
_CLOSE_MS = 2_000
_IDENTIFIERS = ("symbol", "setup_id", "event_id", "signal_id", "alert_id", "delivery_id")


class Span:
    """A stretch of work that belongs to a trace; it is sent when it ends, and never if it does not."""

    __slots__ = ("_span", "parent")

    def __init__(self, span: LibrarySpan) -> None:
        self._span = span
        context = span.get_span_context()
        self.parent = TraceParent(context.trace_id, context.span_id)
        """What hangs below this span names this."""

    @property
    def headers(self) -> dict[str, str | bytes]:
        """Headers of a record that goes on from here."""
        return {HEADER: str(self.parent)}

    def note(self, **attributes: Any) -> None:
        """Add values to it."""
        self._span.set_attributes({key: value for key, value in attributes.items() if value is not None})

    def end(self) -> None:
        self._span.end()


class Tracer:
    """The spans of one process.

    Parameters
    ----------
    ratio
        Share of new traces that are taken.
    provider
        Where spans go; None makes a tracer that is off.
    """

    def __init__(self, ratio: float = 0.0, provider: TracerProvider | None = None) -> None:
        self.on = provider is not None and ratio > 0
        self._ratio = ratio
        self._provider = provider
        self._tracer = provider.get_tracer("tapewire") if provider is not None else None
        self._chance = random.Random()  # noqa: S311 - a sample

    def begins(self) -> bool:
        """Decide whether a trace begins here."""
        return self.on and (self._ratio >= 1 or self._chance.random() < self._ratio)

    def start(self, name: str, parent: TraceParent | None = None, *, started_ms: int | None = None, **attributes: Any) -> Span:
        """Start a span; without ``parent`` it is the first of its trace.

        Parameters
        ----------
        started_ms
            Real milliseconds since the epoch, if it began earlier.
        """
        from opentelemetry import trace

        assert self._tracer is not None, "ask `on` or `begins` first"
        context = None
        if parent is not None:
            above = trace.SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED))
            context = trace.set_span_in_context(trace.NonRecordingSpan(above))
        given = {key: value for key, value in attributes.items() if value is not None}
        start_ns = None if started_ms is None else started_ms * 1_000_000
        return Span(self._tracer.start_span(name, context=context, attributes=given, start_time=start_ns))

    def close(self) -> None:
        """Send what has ended, as far as there is time."""
        if self._provider is not None:
            self._provider.force_flush(_CLOSE_MS)
            self._provider.shutdown()


OFF = Tracer()


def tracer_of(settings: Settings, process: str) -> Tracer:
    """Return the tracer the settings describe.

    Raises
    ------
    ConfigurationError
        If traces are wanted and the extra ``observability`` is not installed.
    """
    if not settings.tracing.ratio:
        return OFF
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError("TAPEWIRE_TRACING__RATIO: expected 0 where the extra `observability` is not installed, found more") from error
    resource = Resource.create({"service.name": "tapewire", "service.instance.id": process, "tapewire.stack": settings.stack.name})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)  # its default sampler takes what has a sampled parent, or none
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.tracing.endpoint), schedule_delay_millis=_EXPORT_EVERY_MS))
    return Tracer(settings.tracing.ratio, provider)


def identifiers(record: object) -> dict[str, Any]:
    """Return the ids of a record by which a span can be found."""
    return {name: value for name in _IDENTIFIERS if (value := getattr(record, name, None)) is not None}
