"""stage.microstructure as the product runs it: what it writes is what the fold says, through kill -9."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from infra.kafka.codecs import CodecSet
from schemas import catalog
from schemas.records import BookMetrics, Tick
from tests.component.test_hot_stages import Writer, until_done, until_killed
from tests.support.book_tape import OPEN, SECOND, SYMBOL, Tape, bar, book
from tests.support.kafka_world import read_all
from tests.support.stage_world import StageWorld

INPUTS = ("market.books", "derived.bars", "ops.ticks")
PARTITION = 2
ROUND_SECONDS = 25


async def test_what_is_written_is_what_the_fold_says_through_kills(toy_world: StageWorld) -> None:
    """Books and bars of a second are in before its tick: killed at two points, every record is written, and any repeat is the same."""
    codecs = CodecSet.from_registry(toy_world.settings.registry, (*INPUTS, "derived.book-metrics"))
    writers = {name: Writer(toy_world.settings, catalog.topic(name).kafka_name) for name in INPUTS}
    books, bars, ticks = (writers[name] for name in INPUTS)
    tape = Tape()
    for number, kill_at in enumerate(("outputs-acknowledged:1", "state-half-written:1", "")):
        worker = toy_world.start_unit("stage.microstructure", **({"KILL_AT": kill_at} if kill_at else {}))
        for second in range(number * ROUND_SECONDS, (number + 1) * ROUND_SECONDS):
            at = OPEN + second * SECOND
            made = book(at + 200_000, bids=500 + second % 7 * 100, updates=second % 5), bar(at, 10 + second % 3 * 0.01, volume=1_000.0 + second)
            tape.take(*made)
            tape.tick(at + SECOND)
            for writer, name, record in zip((books, bars), INPUTS, made, strict=False):
                writer.put(PARTITION, SYMBOL, codecs.of(name).encode(record))
                writer.flush()
            tick = Tick(ts_event=at + SECOND, barriers={each.kafka_name: each.ends[PARTITION] for each in (books, bars)})
            for partition in range(4):
                ticks.put(partition, "", codecs.of("ops.ticks").encode(replace(tick, barriers=tick.barriers if partition == PARTITION else {})))
        ticks.flush()
        if kill_at:
            await until_killed(worker)
    await until_done(toy_world, "tapewire-microstructure", ticks)
    assert toy_world.stop(worker) == 0

    found: dict[int, list[BookMetrics]] = defaultdict(list)
    for message in read_all(toy_world.settings.kafka.bootstrap_servers, catalog.topic("derived.book-metrics").kafka_name):
        metrics = codecs.of("derived.book-metrics").decode(message.value() or b"")
        assert isinstance(metrics, BookMetrics)
        found[metrics.ts_event].append(metrics)
    assert sorted(found) == [said.ts_event for said in tape.said]
    for said in tape.said:
        assert found[said.ts_event] == [said] * len(found[said.ts_event])
