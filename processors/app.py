"""The Faust app of a stage: every setting that matters, and nothing else of Faust switched on."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from faust.app.base import App
from faust.tables.manager import TableManager
from faust.types import TP

from infra.kafka.received import Place
from infra.settings import Settings
from processors.batching import BatchTransport, FetchedBatch
from processors.stage_spec import TABLE_NAME, StageSpec
from processors.state_table import StateTable
from schemas import catalog

LARGEST_STATE_BYTES = 8 * 1024 * 1024
_QUEUED_BATCHES = 64
_COMMIT_SECONDS = 1.0
_PORT_OF_FIRST_SLOT = 6066  # never opened: workers only tell each other apart by it


class StageApp(App):  # type: ignore[misc]
    """A Faust app whose consumer hands over batches.

    Attributes
    ----------
    batch_topics
        Kafka names of the topics delivered as batches.
    raw_topics
        Those of them that are delivered as raw record batches.
    fetch_pause_seconds
        What a small answer makes the next fetch wait.
    deliver
        Called with each batch; the next one waits until it returns.
    resting
        Tells which partitions to fetch no more of for now.
    before_revoke
        Called with the partitions that are about to be taken away, while they can still be committed.
    rebalances
        How often the group gave partitions out anew.
    """

    def __init__(self, *args: Any, batch_topics: Iterable[str], raw_topics: Iterable[str] = (), fetch_pause_seconds: float, **kwargs: Any) -> None:
        self.fetch_pause_seconds = fetch_pause_seconds
        self.batch_topics = frozenset(batch_topics)
        self.raw_topics = frozenset(raw_topics)
        self.deliver: Callable[[Sequence[FetchedBatch]], Awaitable[None]] = _nothing
        self.resting: Callable[[], frozenset[Place]] = frozenset
        self.before_revoke: Callable[[set[Place]], Awaitable[None]] = _nothing
        self.rebalances = 0
        super().__init__(*args, **kwargs)

    def on_init_dependencies(self) -> Iterable[Any]:
        """Start the services of a worker, without Faust's monitor: it costs 5 % and measures what we count ourselves."""
        return self.boot_strategy.server()  # type: ignore[no-any-return]

    def on_rebalance_start(self) -> None:
        super().on_rebalance_start()
        self.rebalances += 1
        self._rebalancing_sensor_state = {"no": "sensor"}  # Faust warns at every rebalance when no sensor left a state

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return BatchTransport(self.conf.broker_producer, self)


class PromptTableManager(TableManager):  # type: ignore[misc]
    """Registers the tables at once instead of after one second: a stage declares its only table before it starts."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


def build_app(spec: StageSpec, settings: Settings, slot: int, folder: Path) -> tuple[StageApp, StateTable]:
    """Return the app of a stage, and its table.

    Parameters
    ----------
    slot
        Number of this worker among those of the stage on this machine.
    folder
        Data folder of this worker alone.
    """
    for chatty in ("faust", "mode", "aiokafka"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # tables drawn in characters at every rebalance
    raw_topics = [catalog.topic(name).kafka_name for name in spec.raw_inputs if settings.stage.raw_batches]
    if raw_topics:
        from infra.kafka import raw_batches  # numba is imported where columns are decoded

        raw_batches.install()
    kafka = settings.kafka
    host = socket.gethostname()
    app = StageApp(
        spec.app_id,
        batch_topics=spec.kafka_inputs,
        raw_topics=raw_topics,
        fetch_pause_seconds=spec.fetch_pause_seconds(settings),
        broker=[f"aiokafka://{address}" for address in kafka.bootstrap_servers.split(",")],
        broker_client_id=f"{spec.unit}-{slot}",
        broker_session_timeout=kafka.session_timeout_ms / 1_000,
        broker_heartbeat_interval=kafka.heartbeat_interval_ms / 1_000,
        broker_request_timeout=max(30.0, kafka.session_timeout_ms / 1_000 + 5),
        broker_rebalance_timeout=30.0,
        broker_commit_interval=_COMMIT_SECONDS,
        # A static member that is killed and comes back takes its partitions up again without stopping the others (KIP-345).
        consumer_group_instance_id=f"{spec.app_id}-{host}-{slot}",
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        producer_acks=-1,
        # States are arrays of numbers: a third of the changelog, a third of the recovery. aiokafka's lz4 goes for size (level 9): a symbol's state of
        # 28 kB took it 1.3 ms in the stage's loop, and became larger.
        producer_compression_type="zstd",
        producer_linger=0,
        producer_max_request_size=LARGEST_STATE_BYTES + 1024 * 1024,
        producer_request_timeout=kafka.delivery_timeout_ms / 1_000,
        processing_guarantee="at_least_once",
        store="memory://",
        datadir=str(folder),
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_buffer_maxsize=_QUEUED_BATCHES,
        stream_wait_empty=False,  # ticks wait unacknowledged on purpose; the stage drains by itself
        stream_recovery_delay=0.0,
        web_enabled=False,
        canonical_url=f"http://{host}:{_PORT_OF_FIRST_SLOT + slot}",
        autodiscover=False,
        TableManager=PromptTableManager,
    )
    app.topics.add(app.topic(*spec.kafka_inputs))  # subscribed to; nothing is sent through the channel
    table = StateTable(
        app, name=TABLE_NAME, key_type=bytes, value_type=bytes, partitions=catalog.topic(spec.inputs[0]).partitions, recovery_buffer_size=1_000
    )
    app.tables.add(table)
    return app, table


async def _nothing(_: Any) -> None:
    return None


def partitions_of(app: StageApp) -> set[Place]:
    """Return the input partitions this worker owns."""
    assigned: set[TP] = app.consumer.assignment()
    return {(tp.topic, tp.partition) for tp in assigned if tp.topic in app.batch_topics}
