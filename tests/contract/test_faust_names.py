"""The names of faust, mode and aiokafka that the runtime overrides or calls: an upgrade that changes one must fail here, not in production."""

from __future__ import annotations

import inspect
import random
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.cluster import ClusterMetadata
from aiokafka.consumer.fetcher import Fetcher as KafkaFetcher
from aiokafka.consumer.fetcher import OffsetResetStrategy
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import Assignment, SubscriptionState, TopicPartitionState
from aiokafka.partitioner import DefaultPartitioner
from faust.app.base import App
from faust.tables.base import Collection
from faust.tables.manager import TableManager
from faust.transport.conductor import Conductor
from faust.transport.consumer import Consumer, ConsumerThread, Fetcher, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver
from mode.threads import QueueServiceThread, ServiceThread


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("package", "pinned"), [("faust-streaming", "0.15.3"), ("mode-streaming", "0.7.1"), ("aiokafka", "0.14.0")]
)
def test_versions_are_the_ones_the_overrides_were_written_for(package: str, pinned: str) -> None:
    """After an upgrade: read the overridden functions again, run the crash tests, then change this line."""
    assert version(package) == pinned


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (Consumer, "_new_offset", ["self", "tp"]),
        (Consumer, "_filter_tps_with_pending_acks", ["self", "topics"]),
        (Consumer, "_commit_offsets", ["self", "offsets", "start_new_transaction"]),
        (Consumer, "on_partitions_revoked", ["self", "revoked"]),
        (Consumer, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (Consumer, "perform_seek", ["self"]),
        (Consumer, "pause_partitions", ["self", "tps"]),
        (Consumer, "resume_partitions", ["self", "tps"]),
        (Consumer, "verify_all_partitions_active", ["self"]),
        (Consumer, "_drain_messages", ["self", "fetcher"]),
        (ThreadDelegateConsumer, "_getmany", ["self", "active_partitions", "timeout"]),
        (Consumer, "_get_active_partitions", ["self"]),
        (Consumer, "maybe_wait_for_commit_to_finish", ["self"]),
        (Consumer, "stop_flow", ["self"]),
        (driver.Consumer, "_to_message", ["self", "tp", "record"]),
        (driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
        (driver.AIOKafkaConsumerThread, "on_thread_stop", ["self"]),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer", ["self"]),
        (driver.AIOKafkaConsumerThread, "on_start", ["self"]),
        (ConsumerThread, "assignment", ["self"]),
        (ConsumerThread, "on_partitions_revoked", ["self", "revoked"]),
        (ConsumerThread, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (ServiceThread, "start", ["self"]),
        (ServiceThread, "maybe_start", ["self"]),
        (ServiceThread, "stop", ["self"]),
        (QueueServiceThread, "call_thread", ["self", "fun", "args", "kwargs"]),
        (Conductor, "add", ["self", "topic"]),
        (App, "_new_transport", ["self"]),
        (App, "_new_producer_transport", ["self"]),
        (App, "on_init_dependencies", ["self"]),
        (App, "on_rebalance_start", ["self"]),
        (TableManager, "on_start", ["self"]),
        (TableManager, "_update_channels", ["self"]),
        (Collection, "apply_changelog_batch", ["self", "batch"]),
        (Collection, "on_recovery_completed", ["self", "active_tps", "standby_tps"]),
    ],
)
def test_overridden_functions_have_the_signature_we_wrote_ours_for(owner: Any, name: str, expected: list[str]) -> None:
    assert parameters(getattr(owner, name)) == expected


def test_faust_still_calls_what_we_override() -> None:
    """An override that nobody calls any more would fail silently."""
    assert "_drain_messages(self)" in inspect.getsource(Fetcher)
    commit = inspect.getsource(Consumer.force_commit) + inspect.getsource(Consumer._filter_committable_offsets)
    assert "self._filter_tps_with_pending_acks(topics)" in commit
    assert "self._new_offset(tp)" in commit
    assert "self._commit_offsets(" in inspect.getsource(Consumer._commit_tps)
    assert "self._create_worker_consumer(" in inspect.getsource(driver.AIOKafkaConsumerThread._create_consumer)


def test_attributes_we_read_and_set_exist() -> None:
    source = inspect.getsource(Consumer)
    for name in ("_read_offset", "_committed_offset", "suspend_flow", "can_resume_flow", "flow_active", "callback", "consumer_stopped_errors"):
        assert f"self.{name}" in source or f"{name}:" in source
    thread = inspect.getsource(ServiceThread)
    for name in ("_thread_started", "thread_loop"):
        assert f"self.{name} = " in thread
    consumer = inspect.getsource(AIOKafkaConsumer)
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in consumer, "set on the consumer before it starts its fetcher"
    for name in ("_subscription", "_client", "_coordinator"):
        assert f"self.{name} = " in consumer
    assert "self._group_instance_id is None" in inspect.getsource(GroupCoordinator._maybe_leave_group)


def test_positions_are_aiokafkas() -> None:
    """`BatchFetch` fetches from them, moves them, and leaves it to aiokafka to find them."""
    assert parameters(Assignment.state_value) == ["self", "tp"]
    assert parameters(TopicPartitionState.consumed_to) == ["self", "position"]
    assert parameters(TopicPartitionState.seek) == ["self", "position"]
    assert parameters(TopicPartitionState.await_reset) == ["self", "strategy"]
    assert parameters(TopicPartitionState.wait_for_position) == ["self"]
    assert {"position", "has_valid_position", "paused"} <= set(dir(TopicPartitionState))
    assert {"tps", "active"} <= set(dir(Assignment))
    assert OffsetResetStrategy.EARLIEST == -2
    assert "self._last_fetch_ended = " in inspect.getsource(SubscriptionState.fetch_context)
    assert parameters(ClusterMetadata.leader_for_partition) == ["self", "partition"]
    assert parameters(ClusterMetadata.broker_metadata) == ["self", "broker_id"]


def test_a_paused_partition_gets_its_position_but_is_not_fetched() -> None:
    """The inputs are paused for good: aiokafka finds where they go on, `BatchFetch` fetches."""
    at = inspect.getsource(KafkaFetcher._get_actions_per_node).index
    assert at("elif not tp_state.has_valid_position:") < at("elif tp_state.paused:") < at("fetchable[node_id].append")


def test_aiokafka_puts_keys_where_librdkafka_does() -> None:
    """`murmur2_random` of librdkafka, as documented: murmur2 of the key, sign bit cleared, modulo the partitions."""
    partitions = list(range(4))
    assert DefaultPartitioner()(b"AAPL", partitions, partitions) == _murmur2(b"AAPL") % 4
    chance = random.Random(3)
    for _ in range(200):
        key = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
        assert DefaultPartitioner()(key, partitions, partitions) == _murmur2(key) % 4


def _murmur2(data: bytes) -> int:
    """Compute Kafka's murmur2 (Utils.murmur2), positive; written from its definition to be independent of both clients."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    for at in range(0, len(data) // 4 * 4, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    tail = data[len(data) // 4 * 4 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF
