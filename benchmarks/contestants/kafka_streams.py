"""Kafka Streams (Java), state in memory with a changelog: the configurations that were worth comparing with.

Trades are decoded and bars encoded by hand-written code instead of Avro's library, so that the framework is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from benchmarks.contestant import Assignment, Command, Contestant, contestant
from benchmarks.java_build import class_path
from benchmarks.job_environment import job_environment
from infra.local.java import java_executable


class KafkaStreams(Contestant):
    """One configuration of the same program."""

    variables: ClassVar[Mapping[str, str]] = {}

    def prepare(self) -> None:
        class_path()

    def command(self, assignment: Assignment) -> Command:
        java = (java_executable(), "-Xmx2g", "--enable-native-access=ALL-UNNAMED", "-cp", class_path(), "KafkaStreamsBars")
        return Command(java, {**job_environment(assignment), **self.variables})


@contestant
class OneThread(KafkaStreams):
    name: ClassVar[str] = "kafka-streams"
    label: ClassVar[str] = "Kafka Streams, Processor API, cache"


@contestant
class TwoThreads(KafkaStreams):
    name: ClassVar[str] = "kafka-streams-2"
    label: ClassVar[str] = "Kafka Streams, the same with 2 threads"
    variables: ClassVar[Mapping[str, str]] = {"BENCH_THREADS": "2"}


@contestant
class FrequentCommits(KafkaStreams):
    name: ClassVar[str] = "kafka-streams-250ms"
    label: ClassVar[str] = "Kafka Streams, the same, changelog every 250 ms"
    variables: ClassVar[Mapping[str, str]] = {"BENCH_COMMIT_MS": "250"}


@contestant
class ExactlyOnce(KafkaStreams):
    name: ClassVar[str] = "kafka-streams-eos"
    label: ClassVar[str] = "Kafka Streams, the same, exactly once v2, commit 250 ms"
    variables: ClassVar[Mapping[str, str]] = {"BENCH_COMMIT_MS": "250", "BENCH_GUARANTEE": "exactly_once_v2"}
    transactional: ClassVar[bool] = True


@contestant
class Dsl(KafkaStreams):
    name: ClassVar[str] = "kafka-streams-dsl"
    label: ClassVar[str] = "Kafka Streams, DSL with suppress"
    variables: ClassVar[Mapping[str, str]] = {"BENCH_TOPOLOGY": "dsl"}
    closes_by_partition: ClassVar[bool] = True
