"""OPS-09: the trace of a setup event goes on through fan-out, the delay queue, release and delivery; without one nothing is sent."""

from __future__ import annotations

import asyncio

import pytest

from infra.clock import ManualClock
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import Settings, TracingSettings
from infra.tracing.traceparent import HEADER, TraceParent
from infra.vendorsim.otlp_collector import collecting
from schemas import catalog
from tests.support.delivery_world import FakeDiscord, eventually, fresh_symbol, running_units
from tests.support.kafka_world import read_all
from tests.support.setup_events import lifecycle

STAGE = TraceParent(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7)
ALL = ("sink.fanout", "sink.release", "sink.discord")
pytestmark = pytest.mark.timeout(180)


async def test_a_trace_reaches_every_tier_and_only_where_there_is_one(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer, codecs: CodecSet
) -> None:
    traced, untraced = fresh_symbol(), fresh_symbol()
    with collecting() as collector:
        settings = delivery_settings.model_copy(update={"tracing": TracingSettings(ratio=1.0, endpoint=collector.endpoint)})
        async with running_units(settings, market_clock, *ALL):
            event = lifecycle(traced, market_clock.now_us(), 0)[0]
            record_producer.send("setups.events", event, headers={HEADER: str(STAGE)})
            record_producer.send("setups.events", lifecycle(untraced, market_clock.now_us(), 0)[0])
            await record_producer.acknowledged()
            for tier, seconds in (("premium", 0), ("basic", 60), ("free", 240)):
                market_clock.advance(seconds)
                await eventually(lambda tier=tier: fake_discord.posts(tier, traced), f"a {tier} post")  # type: ignore[misc]
                await eventually(lambda tier=tier: fake_discord.posts(tier, untraced), f"a {tier} post without a trace")  # type: ignore[misc]
        spans = collector.spans
        deliveries = {span.attributes["tier"]: span for span in spans if span.name == "sink.discord"}
        chains = {tier: [one.name for one in collector.above(span)] for tier, span in deliveries.items()}
    assert chains == {
        "PREMIUM": ["sink.discord", "sink.fanout"],
        "BASIC": ["sink.discord", "sink.release", "sink.fanout"],
        "FREE": ["sink.discord", "sink.release", "sink.fanout"],
    }
    assert {span.trace_id for span in spans} == {f"{STAGE.trace_id:032x}"}
    (fan_out,) = [span for span in spans if span.name == "sink.fanout"]
    assert fan_out.parent_id == f"{STAGE.span_id:016x}"
    assert all(span.attributes["symbol"] == traced and span.attributes["setup_id"] == event.setup_id for span in spans)
    assert all(deliveries[tier].attributes["message_id"] for tier in chains)
    assert all(span.start_ns <= span.end_ns for span in spans)
    message_of = {tier: await asyncio.to_thread(_headers_of, settings, codecs, f"distribution.{tier}") for tier in ("basic", "free")}
    for tier, headers in message_of.items():
        assert [name for name, _ in headers[traced]] == [HEADER], tier
        assert headers[untraced] == [], tier


def _headers_of(settings: Settings, codecs: CodecSet, topic: str) -> dict[str, list[tuple[str, bytes]]]:
    messages = read_all(settings.kafka.bootstrap_servers, catalog.topic(topic).kafka_name, committed_only=True)
    return {codecs.of(topic).decode(message.value() or b"").symbol: list(message.headers() or []) for message in messages}  # type: ignore[arg-type]
