"""A stage as operators see it: not ready while it recovers but alive, its metrics, and the trace from a trade to the bar made of it."""

from __future__ import annotations

import asyncio
import json
import random
import urllib.error
import urllib.request

import pytest
from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.producer import producer_configuration
from infra.local.ports import free_ports
from infra.metrics.listed import METRICS
from infra.settings import TracingSettings
from infra.tracing.traceparent import HEADER, TraceParent
from infra.vendorsim.otlp_collector import collecting
from processors.table_codec import TableCodec
from schemas.records import RawPayload
from tests.support.kafka_world import read_all, wait_until
from tests.support.stage_world import StageWorld
from tests.support.toy_market import BARS, ToyMarket, trade
from tests.support.toy_stage import SECOND, TOY

pytestmark = pytest.mark.timeout(180)
KEYS = 20_000
BODY_BYTES = 2_000


def ask(port: int, path: str) -> tuple[int, bytes]:
    """Return what a process answers; status 0 while it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def metrics(port: int) -> dict[str, float]:
    """Return the samples of the stage by name."""
    families = text_string_to_metric_families(ask(port, "/metrics")[1].decode())
    return {sample.name: sample.value for family in families for sample in family.samples if sample.labels.get("unit") == TOY.unit}


def write_states(world: StageWorld) -> None:
    """Fill the changelog with large states of keys that never trade."""
    codec, chance = TableCodec(RawPayload), random.Random(7)
    producer = Producer(producer_configuration(world.settings.kafka, "states"))
    for partition in range(4):
        producer.produce(TOY.changelog, codec.schema_text, codec.schema_key, partition)
    producer.flush(30)
    for number in range(KEYS):
        state = RawPayload(
            source=f"OLD{number}", endpoint="toy", parameters={}, ts_received=0, ts_published=0, content_type="", body=chance.randbytes(BODY_BYTES)
        )
        producer.produce(TOY.changelog, codec.encode(state, {}), f"OLD{number}".encode())
        producer.poll(0)
    assert producer.flush(60) == 0


def test_readiness_is_false_while_a_stage_recovers_its_table_and_liveness_holds(toy_world: StageWorld) -> None:
    """API-30."""
    write_states(toy_world)
    (port,) = free_ports(1)
    worker = toy_world.start_worker(TAPEWIRE_METRICS__PORT=str(port))
    seen: list[tuple[int, int, str]] = []

    def is_ready() -> bool:
        assert worker.poll() is None, toy_world.log_of(0)
        (ready, body), (alive, _) = ask(port, "/readyz"), ask(port, "/healthz")
        if ready and alive:
            seen.append((ready, alive, json.loads(body)[TOY.unit]["detail"]))
        return ready == 200

    wait_until(is_ready, "the stage to be ready", 90)
    recovering = [look for look in seen if look[2] == "recovering state"]
    assert recovering, f"never seen recovering: {sorted({look[2] for look in seen})}"
    assert {ready for ready, _, detail in seen if detail == "recovering state"} == {503}
    assert {alive for _, alive, _ in seen} == {200}
    wait_until(lambda: metrics(port).get("tapewire_unit_partitions") == 8, "the first report of a running stage")
    found = metrics(port)
    assert found["tapewire_stage_table_bytes"] > KEYS * BODY_BYTES
    assert found["tapewire_unit_recovery_seconds"] > 0 and found["tapewire_unit_rebalances_total"] >= 1
    assert toy_world.stop(worker) == 0


async def test_every_metric_of_a_stage_is_told_while_it_works(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """API-16, OPS-07."""
    (port,) = free_ports(1)
    worker = toy_world.start_worker(TAPEWIRE_METRICS__PORT=str(port))
    await toy_market.seconds(5)
    await asyncio.to_thread(wait_until, toy_market.is_complete, "every bar")
    end = sum(toy_market.producer.positions.values())

    def all_is_committed() -> bool:
        found = metrics(port)
        return found.get("tapewire_unit_lag_records") == 0 and found.get("tapewire_unit_commit_age_seconds") == 0

    await asyncio.to_thread(wait_until, all_is_committed, "the commit")
    found = metrics(port)
    expected = {metric.name if metric.kind != "histogram" else f"{metric.name}_count" for metric in METRICS if metric.is_of(TOY.unit)}
    assert not {name for name in expected if name.startswith("tapewire_")} - set(found)
    assert found["tapewire_unit_records_in_total"] == end
    assert found["tapewire_unit_records_out_total"] == len(toy_market.truth())
    assert found["tapewire_unit_batch_records_sum"] == end
    assert found["tapewire_stage_table_keys"] == len({symbol for symbol, _ in toy_market.expected})
    assert found["tapewire_unit_in_flight_records"] == 0 and found["tapewire_stage_checkpoint_age_seconds"] == 0
    assert found["tapewire_stage_checkpoint_seconds_count"] >= 1
    assert found["tapewire_unit_step_seconds_count"] == found["tapewire_unit_batch_records_count"] >= 1
    assert toy_world.stop(worker) == 0


async def test_the_trace_of_a_trade_goes_on_with_the_bar_that_holds_it(toy_world: StageWorld, toy_market: ToyMarket) -> None:
    """OPS-09; and only there."""
    traced = TraceParent(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7)
    with collecting() as collector:
        settings = toy_world.settings
        toy_world.settings = settings.model_copy(update={"tracing": TracingSettings(ratio=1.0, endpoint=collector.endpoint)})
        worker = toy_world.start_worker()
        await toy_market.seconds(2)
        toy_market.producer.send("market.trades", trade("SYM3", toy_market.second * SECOND), headers={HEADER: str(traced)})
        toy_market.expected["SYM3", toy_market.second] += 1
        await toy_market.seconds(3)
        await asyncio.to_thread(wait_until, toy_market.is_complete, "every bar")
        assert toy_world.stop(worker) == 0
        (span,) = collector.spans
    assert span.name == TOY.unit and (span.trace_id, span.parent_id) == (f"{traced.trace_id:032x}", f"{traced.span_id:016x}")
    assert span.attributes == {"topic": "derived.bars", "symbol": "SYM3"}
    headers = [(message.key(), message.headers()) for message in await asyncio.to_thread(read_all, settings.kafka.bootstrap_servers, BARS)]
    assert [(key, found) for key, found in headers if found] == [(b"SYM3", [(HEADER, f"00-{span.trace_id}-{span.span_id}-01".encode())])]
