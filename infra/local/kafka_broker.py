"""One Kafka node (KRaft, broker and controller in one process) on loopback."""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from infra.local.artifacts import ArtifactStore
from infra.local.java import java_executable
from infra.local.ports import free_ports, is_listening

_LOG_CONFIGURATION = Path(__file__).with_name("kafka_log4j2.properties")


@dataclass(frozen=True, slots=True)
class KafkaBroker:
    """How to format, start and probe the node; running it is the caller's business.

    Parameters
    ----------
    data_dir
        Folder of logs and metadata; kept across restarts.
    port, controller_port
        Loopback ports of the client and of the KRaft listener.
    heap_megabytes
        Java heap. 256 carries the tests, 512 the demo.
    short_lived
        Compile the broker's code quickly rather than well: half the processor time of a start with every topic, for brokers of a test.
    """

    data_dir: Path
    port: int
    controller_port: int
    artifacts: ArtifactStore
    heap_megabytes: int = 512
    short_lived: bool = False

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def properties(self) -> dict[str, str]:
        """Return the server's configuration."""
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": (
                f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}"
            ),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.data_dir / "logs"),
            # Topics come from the catalogue. aiokafka loops for ever on one that does not exist, so none may appear
            # by accident with the wrong settings either.
            "auto.create.topics.enable": "false",
            "num.partitions": "1",
            "default.replication.factor": "1",
            "min.insync.replicas": "1",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "8",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            # Locally one consumer at a time joins a group: waiting for more only delays the first record.
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # A killed transactional producer must not hold back read-committed readers for long.
            "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
            # After a kill -9 the controller lets the node register again only once its old session is over (9 s by default).
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "log.segment.bytes": str(64 * 1024 * 1024),
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),  # 128 MB of heap by default
            "log.retention.hours": "168",
            "num.io.threads": "4",
            "num.network.threads": "2",
            "num.recovery.threads.per.data.dir": "2",
            "background.threads": "2",
        }

    def write_configuration(self) -> Path:
        """Write `server.properties` and return its path."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        path = self.data_dir / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in self.properties().items()))
        return path

    @property
    def is_formatted(self) -> bool:
        return (self.data_dir / "logs" / "meta.properties").is_file()

    def format_command(self) -> list[str]:
        """Return the command that formats the empty data folder (once, before the first start)."""
        configuration = self.write_configuration()
        return [
            *self._java(heap_megabytes=128, short_lived=True),
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            f"-t={_cluster_id()}",
            "-c",
            str(configuration),
        ]

    def command(self) -> list[str]:
        """Return the command that runs the node in the foreground."""
        return [*self._java(self.heap_megabytes, self.short_lived), "kafka.Kafka", str(self.write_configuration())]

    def prepare(self) -> None:
        """Format the data folder unless that was done before.

        Raises
        ------
        RuntimeError
            When the storage tool fails; carries what it printed.
        """
        if self.is_formatted:
            return
        result = subprocess.run(self.format_command(), capture_output=True, text=True, timeout=60, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"formatting {self.data_dir} failed:\n{result.stdout}{result.stderr}")

    def is_ready(self) -> bool:
        """Tell whether the node answers a metadata request and names itself as a broker."""
        if not is_listening(self.port):
            return False
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        try:
            return bool(client.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def _java(self, heap_megabytes: int, short_lived: bool) -> list[str]:
        return [
            java_executable(),
            f"-Xmx{heap_megabytes}m",
            *(("-XX:TieredStopAtLevel=1",) if short_lived else ()),
            "-XX:+UseSerialGC",  # the smallest collector: the node shares two cores with everything else
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={_LOG_CONFIGURATION}",
            "-cp",
            self.artifacts.kafka_class_path(),
        ]


def _cluster_id() -> str:
    """Return a random cluster id; one that begins with '-' would be taken for an option by the storage tool."""
    while True:
        identifier = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not identifier.startswith("-"):
            return identifier


def main() -> None:
    """Run a scratch node in the foreground until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Run one Kafka node by hand.")
    parser.add_argument("--port", type=int, default=19092)
    parser.add_argument("--data", type=Path, required=True, help="data folder, kept across runs")
    parser.add_argument("--heap-megabytes", type=int, default=512)
    arguments = parser.parse_args()
    artifacts = ArtifactStore()
    artifacts.ensure()
    [controller_port] = free_ports(1)
    broker = KafkaBroker(
        data_dir=arguments.data.resolve(),
        port=arguments.port,
        controller_port=controller_port,
        artifacts=artifacts,
        heap_megabytes=arguments.heap_megabytes,
    )
    broker.prepare()
    print(f"Kafka on {broker.bootstrap_servers}, data in {broker.data_dir}; Ctrl-C ends it", file=sys.stderr)
    command = broker.command()
    os.execv(command[0], command)  # noqa: S606 the command is ours


if __name__ == "__main__":
    main()
