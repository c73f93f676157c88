"""Hot stages as the product runs them: raw batches in, columns through a kernel, pages to the changelog; exact through kill -9."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
from collections import Counter, defaultdict
from functools import partial

import numpy as np
import pandas as pd
import pytest
from confluent_kafka import KafkaError, Message, Producer

from infra.kafka.acknowledged_positions import AcknowledgedPositions
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import producer_configuration
from infra.settings import Settings
from processors.folds.depth import DepthFold
from schemas import catalog
from schemas.codec import Codec
from schemas.records import BookLevel, BookSnapshot, DeadLetter, DepthMetrics, DepthMode, HistoryTrade, MinuteBar
from tests.support.kafka_world import read_all, wait_until
from tests.support.stage_world import StageWorld

MINUTE_NS = 60_000_000_000
TRADES, BARS = (catalog.topic(name) for name in ("history.trades", "history.bars"))
BOOKS, DEPTH = (catalog.topic(name) for name in ("market.books", "derived.depth"))


class Writer:
    """Writes values as a feed would, some of them in transactions, and knows the end of each partition."""

    def __init__(self, settings: Settings, kafka_name: str, **more: object) -> None:
        self.kafka_name = kafka_name
        self.producer = Producer({**producer_configuration(settings.kafka, "test"), **more})
        self.errors: list[KafkaError | str] = []
        self.positions = AcknowledgedPositions(settings.kafka)

    def put(self, partition: int, key: str, value: bytes | None) -> None:
        self.producer.produce(self.kafka_name, key=key.encode(), value=value, partition=partition, on_delivery=self._delivered)
        self.producer.poll(0)

    def flush(self) -> None:
        assert self.producer.flush(30) == 0
        assert not self.errors
        self.positions.settle()

    @property
    def ends(self) -> list[int]:
        return [self.positions.known.get((self.kafka_name, partition), 0) for partition in range(4)]

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None or not self.positions.note(message):
            self.errors.append(error or "acknowledged by guess")


class Tape:
    """Seeded trades of 50 symbols in time order, and the bars they must give."""

    def __init__(self, codec: Codec[HistoryTrade], count: int) -> None:
        random = np.random.default_rng(11)
        self.codec = codec
        self.frame = pd.DataFrame(
            {
                "symbol": random.integers(0, 50, count),
                "ts_ns": np.arange(count) * 40_000_000 + 1_700_000_000_000_000_000,
                "price": random.integers(100, 9_999, count) / 100,
                "size": random.integers(1, 900, count),
            }
        )

    def write(self, writer: Writer, first: int, last: int) -> None:
        for row in self.frame.iloc[first:last].itertuples(index=True):
            trade = HistoryTrade(symbol=f"SYM{row.symbol}", ts_event_ns=int(row.ts_ns), sequence=int(row.Index), price=row.price, size=int(row.size))
            writer.put(row.symbol % 4, trade.symbol, self.codec.encode(trade))
        writer.flush()

    def truth(self) -> dict[tuple[str, int], tuple[float, ...]]:
        frame = self.frame.assign(minute=self.frame.ts_ns // MINUTE_NS, notional=self.frame.price * self.frame["size"])
        bars = frame.groupby(["symbol", "minute"]).agg(
            open=("price", "first"), high=("price", "max"), low=("price", "min"), close=("price", "last"),
            volume=("size", "sum"), notional=("notional", "sum"), count=("price", "size"),
        )  # fmt: skip
        newest = frame.groupby("symbol").minute.max()
        return {
            (f"SYM{symbol}", minute * 60_000_000): (bar.open, bar.high, bar.low, bar.close, bar.volume, bar["count"], bar.notional / bar.volume)
            for (symbol, minute), bar in bars.iterrows()  # type: ignore[misc]
            if minute < newest[symbol]
        }


def bars_in(world: StageWorld, codec: Codec[MinuteBar]) -> dict[tuple[str, int], set[tuple[float, ...]]]:
    """Return what was written for each symbol and minute; two different bars of one minute are two entries."""
    found: dict[tuple[str, int], set[tuple[float, ...]]] = defaultdict(set)
    for message in read_all(world.settings.kafka.bootstrap_servers, BARS.kafka_name):
        bar = codec.decode(message.value() or b"")
        numbers = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count, bar.vwap)
        found[bar.symbol, bar.window_start].add(numbers)
    return found


async def until_done(world: StageWorld, group: str, writer: Writer) -> None:
    """Wait until the group has committed everything that was written."""

    def done() -> bool:
        return [max(at, 0) for at in world.committed(writer.kafka_name, group)] == writer.ends

    await asyncio.to_thread(wait_until, done, f"{group} at {writer.ends}", 60.0)


async def until_killed(process: subprocess.Popen[bytes]) -> None:
    await asyncio.to_thread(wait_until, lambda: process.poll() is not None, "the kill point", 60.0)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("form", "raw_batches"), [("kernel", "true"), ("record", "false")])
async def test_past_days_give_exact_bars_through_kills(toy_world: StageWorld, form: str, raw_batches: str) -> None:
    """Hot path and plain path: corrupt records between good ones are dead letters alone; killed at three points, no bar is wrong or missing."""
    codecs = CodecSet.from_registry(toy_world.settings.registry, ["history.trades", "history.bars"])
    tape = Tape(codecs.of("history.trades"), 30_000)
    writer = Writer(toy_world.settings, TRADES.kafka_name)
    start = partial(toy_world.start_unit, "stage.history_bars", TAPEWIRE_STAGE__FORM=form, TAPEWIRE_STAGE__RAW_BATCHES=raw_batches)

    bad_values = [b"\x00junk", None, tape.codec.encode(HistoryTrade(symbol="SYM1", ts_event_ns=MINUTE_NS, sequence=1, price=-1.0, size=5))]
    refused: Counter[tuple[int, int]] = Counter()
    for number, kill_at in enumerate(("before-outputs-acknowledged:2", "outputs-acknowledged:2", "state-half-written:3", "")):
        worker = start(KILL_AT=kill_at) if kill_at else start()
        tape.write(writer, number * 7_500, number * 7_500 + 4_000)
        for value in bad_values if number < 3 else ():
            refused[number % 4, writer.ends[number % 4]] += 1
            writer.put(number % 4, "SYM1", value)
            writer.flush()
        tape.write(writer, number * 7_500 + 4_000, (number + 1) * 7_500)
        if kill_at:
            await until_killed(worker)
    await until_done(toy_world, "tapewire-history_bars", writer)
    assert toy_world.stop(worker) == 0

    truth = tape.truth()
    found = bars_in(toy_world, codecs.of("history.bars"))
    assert found.keys() == truth.keys()
    assert all(len(bars) == 1 for bars in found.values()), "a bar that is written again must be the same"
    for key, expected in truth.items():
        (bar,) = found[key]
        assert bar[:6] == expected[:6]
        assert bar[6] == pytest.approx(expected[6], rel=1e-9)

    letters = {
        (letter.partition, letter.offset)
        for message in read_all(toy_world.settings.kafka.bootstrap_servers, TRADES.dead_letter_name)
        if isinstance(letter := codecs.dead_letters.decode(message.value() or b""), DeadLetter)
    }
    assert letters == set(refused)


async def test_depth_follows_books_and_drops_what_is_old(toy_world: StageWorld) -> None:
    """DEP-05, DEP-12: an uncommitted transaction is never seen, small batches and zstd are read like any."""
    codecs = CodecSet.from_registry(toy_world.settings.registry, ["market.books", "derived.depth"])
    codec = codecs.of("market.books")
    source = random.Random(5)
    writer = Writer(toy_world.settings, BOOKS.kafka_name, **{"compression.type": "zstd", "batch.num.messages": 3})
    worker = toy_world.start_unit("stage.depth")
    wanted: dict[tuple[str, int], BookSnapshot] = {}
    for sequence in range(1, 200):
        for number in range(4):
            book = a_book(source, f"SYM{number}", 2, sequence)
            wanted[book.symbol, sequence] = book
            writer.put(number, book.symbol, codec.encode(book))
            if sequence % 50 == 0:
                writer.put(number, book.symbol, codec.encode(a_book(source, book.symbol, 1, sequence + 1)))  # of the old subscription
    writer.flush()
    await until_done(toy_world, "tapewire-depth", writer)
    assert toy_world.stop(worker) == 0

    found: Counter[tuple[str, int]] = Counter()
    for message in read_all(toy_world.settings.kafka.bootstrap_servers, DEPTH.kafka_name):
        metrics: DepthMetrics = codecs.of("derived.depth").decode(message.value() or b"")
        found[metrics.symbol, metrics.sequence] += 1
        book = wanted[metrics.symbol, metrics.sequence]
        numbers = DepthFold().values_of(book)[5:]
        told = (
            metrics.bid_price, metrics.ask_price, metrics.bid_size_5, metrics.ask_size_5,
            metrics.spread_bps, metrics.imbalance_5, metrics.imbalance_10, metrics.microprice,
        )  # fmt: skip
        assert told == tuple(None if np.isnan(number) else number for number in numbers)
        assert (metrics.generation, metrics.mode) == (2, DepthMode.DEMO)
    assert found == Counter(wanted.keys())


def a_book(source: random.Random, symbol: str, generation: int, sequence: int) -> BookSnapshot:
    """Return a book with up to ten levels a side, sometimes with an empty one."""
    bids = tuple(BookLevel(price=10 - level / 100, size=float(source.randrange(1, 900))) for level in range(source.choice([0, 5, 10])))
    asks = tuple(BookLevel(price=10.01 + level / 100, size=float(source.randrange(1, 900))) for level in range(source.choice([1, 10])))
    return BookSnapshot(
        symbol=symbol, ts_event=1_700_000_000_000_000 + sequence, ts_received=1, ts_published=1, source="ibkr", mode=DepthMode.DEMO,
        generation=generation, sequence=sequence, age_ms=10, bids=bids, asks=asks,
    )  # fmt: skip
