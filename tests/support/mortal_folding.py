"""A stage's partition without a broker: a log in memory, read in any order and in batches of any size, and a worker that can be killed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from infra.kafka.codecs import CodecSet
from infra.kafka.received import Place
from infra.settings import Settings
from processors.batching import FetchedBatch
from processors.column_input import Alone, ColumnInput
from processors.column_output import ColumnOutput
from processors.fold import Output
from processors.folding import Folding
from processors.guard import Guard
from processors.in_flight import InFlight
from processors.log_replay import replayed
from processors.stage_spec import StageSpec
from processors.storage import storage_of
from schemas import catalog
from schemas.record import Record
from schemas.records import Tick
from tests.support.raw_batches import batch_of

LARGEST_FETCH = 12  # records
Written = tuple[str, bytes]


class MemoryLog:
    """What a partition of each input of a stage holds, in the order of writing; a tick covers what is there when it comes."""

    def __init__(self, spec: StageSpec) -> None:
        self.spec = spec
        self.records: dict[str, list[Record]] = {name: [] for name in spec.reads}

    def write(self, topic: str, *records: Record) -> None:
        self.records[topic] += records

    def tick(self, moment: int) -> None:
        barriers = {catalog.topic(name).kafka_name: len(self.records[name]) for name in self.spec.inputs}
        self.write("ops.ticks", Tick(ts_event=moment, barriers=barriers))

    def folded_again(self, settings: Settings, codecs: CodecSet) -> list[Written]:
        """Return what the stage must write."""
        logged = {name: list(enumerate(records)) for name, records in self.records.items()}
        ticks: Any = logged.get("ops.ticks", ())
        found = replayed(self.spec, settings, 0, {name: logged[name] for name in self.spec.inputs}, ticks)
        return [(output.topic, codecs.of(output.topic).encode(output.record)) for output in found]


class _NoDeadLetters:
    async def put(self, **letter: Any) -> None:
        raise AssertionError(f"expected no dead letter, found {letter}")


class MortalFolding:
    """`Folding` over a `MemoryLog`.

    What outlives a kill: the changelog, the committed offsets, and what was written.
    """

    def __init__(self, log: MemoryLog, settings: Settings) -> None:
        spec = log.spec
        self.codecs = CodecSet.offline((*spec.reads, *spec.outputs))
        self.written: list[Written] = []
        self.most_held = 0
        self._log, self._settings = log, settings
        self.values = {name: [self.codecs.of(name).encode(record) for record in records] for name, records in log.records.items()}
        self._changelog: dict[bytes, bytes] = {}
        self._committed: dict[Place, int] = {}

    async def start(self) -> None:
        """Begin with the changelog and the committed offsets; what lies below them is said to be done, as `BatchFetch` does."""
        spec = self._log.spec
        encoder = ColumnOutput(self.codecs)
        storage = storage_of(
            spec, spec.build_fold(self._settings), self._settings,
            lambda topic, _, columns: self.written.extend((topic, value) for value in encoder.encode(topic, columns)),
        )  # fmt: skip
        if storage.writes_columns:
            encoder.prepare(spec.outputs[0])
        inputs = {}
        for name in spec.raw_inputs:
            assert storage.packer is not None
            entry = catalog.topic(name)
            inputs[entry.kafka_name] = ColumnInput(entry, self.codecs.of(name).schema_id, storage.packer)
        guard = Guard(self.codecs, _NoDeadLetters())
        self._codec = storage.codec
        load, keys = lambda number: storage.load(number, dict(self._changelog)), spec.keys(self._settings)
        self.folding = Folding(spec, guard, self._emit, load, inputs, keys=keys)
        self._in_flight = InFlight()
        self.at = {name: self._committed.get((catalog.topic(name).kafka_name, 0), 0) for name in spec.reads}
        begun = [(catalog.topic(name).kafka_name, at) for name, at in self.at.items() if at]
        await self.folding.fold([FetchedBatch(topic, 0, (), self._in_flight.begin((topic, 0), at)) for topic, at in begun])

    def waiting(self) -> list[str]:
        """Return the topics of which there is more to fetch."""
        full = {topic for topic, _ in self.folding.full()}
        return [name for name, at in self.at.items() if at < len(self.values[name]) and catalog.topic(name).kafka_name not in full]

    async def fetch(self, chance: Random) -> None:
        """Fetch some records of some topics and fold them."""
        topics = chance.sample(waiting := self.waiting(), chance.randint(1, len(waiting)))
        await self.folding.fold([self._batch(name, chance.randint(1, LARGEST_FETCH)) for name in topics])
        self.most_held = max(self.most_held, self.folding.held_bytes)

    def checkpoint(self, *, committed: bool) -> None:
        """Write the states that changed, and commit the offsets, or die just before."""
        snapshots, tickets = self.folding.take()
        self._changelog[self._codec.schema_key] = self._codec.schema_text
        for snapshot in snapshots:
            self._changelog[snapshot.key.encode()] = self._codec.encode(snapshot.state, snapshot.offsets)
        if not committed:
            return
        for ticket in tickets:
            ticket.done = True
        for place in self._in_flight.places():
            offset = self._in_flight.committable(place)
            if offset is not None:
                self._committed[place] = offset

    def _batch(self, name: str, count: int) -> FetchedBatch:
        kafka_name, first = catalog.topic(name).kafka_name, self.at[name]
        values = self.values[name][first : first + count]
        self.at[name] = first + len(values)
        ticket = self._in_flight.begin((kafka_name, 0), self.at[name])
        if name in self._log.spec.raw_inputs:
            cut = len(values) // 2  # two batches of a producer
            parts = [(first, values[:cut]), (first + cut, values[cut:])]
            return FetchedBatch(kafka_name, 0, (), ticket, tuple(batch_of(part, base_offset=at) for at, part in parts if part))
        keys = [(catalog.topic(name).key_of(record) or "").encode() for record in self._log.records[name][first:]]
        records = tuple(Alone(kafka_name, 0, first + place, keys[place], value, ()) for place, value in enumerate(values))
        return FetchedBatch(kafka_name, 0, records, ticket)

    def _emit(self, output: Output) -> None:
        self.written.append((output.topic, self.codecs.of(output.topic).encode(output.record)))


async def read_to_the_end(worker: MortalFolding, chance: Random, *, kills: int = 0) -> None:
    """Let a worker read its log; kill it at random moments, between two steps of a checkpoint or at any other."""
    await worker.start()
    while worker.waiting():
        await worker.fetch(chance)
        if chance.random() < 0.3:
            worker.checkpoint(committed=chance.random() < 0.7)
            if kills and chance.random() < 0.3:
                await worker.start()
                kills -= 1


def once(written: Sequence[Written]) -> list[Written]:
    """Return what was written without what a kill made it write again."""
    return list(dict.fromkeys(written))
