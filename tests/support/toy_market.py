"""Publishes trades and ticks for the toy stage and knows what must come out."""

from __future__ import annotations

import random
from collections import Counter

from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import Settings
from schemas import catalog
from schemas.records import Bar, Tick, Trade
from tests.support.kafka_world import read_all
from tests.support.toy_stage import SECOND

TRADES = catalog.topic("market.trades").kafka_name
TICKS = catalog.topic("ops.ticks").kafka_name
BARS = catalog.topic("derived.bars").kafka_name
Key = tuple[str, int]


class ToyMarket:
    """A seeded tape: a few trades of each symbol in each second, then the tick that closes it."""

    def __init__(self, settings: Settings, seed: int = 7, symbols: int = 20) -> None:
        self.settings = settings
        self.producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, ["market.trades", "ops.ticks"]), client_id="toy")
        self.random = random.Random(seed)
        self.symbols = [f"SYM{number}" for number in range(symbols)]
        self.second = 1_586_957_400
        self.expected: Counter[Key] = Counter()

    async def seconds(self, count: int, trades_a_second: int = 40) -> None:
        """Publish the next seconds of the tape."""
        for _ in range(count):
            for number in range(trades_a_second):
                symbol = self.random.choice(self.symbols)
                self.producer.send("market.trades", trade(symbol, self.second * SECOND + number))
                self.expected[symbol, self.second] += 1
            await self.producer.acknowledged()
            self.second += 1
            await self.tick()

    async def tick(self) -> None:
        """Close the seconds so far, with a barrier behind everything published."""
        positions = self.producer.positions
        for partition in range(4):
            end = positions.get((TRADES, partition), 0)
            self.producer.send("ops.ticks", Tick(ts_event=self.second * SECOND, barriers={TRADES: end}), partition=partition)
        await self.producer.acknowledged()

    def bars(self) -> dict[Key, set[tuple[int, float]]]:
        """Return every (trade count, volume) found per symbol and second: more than one means a wrong bar."""
        codec = CodecSet.from_registry(self.settings.registry, ["derived.bars"]).of("derived.bars")
        found: dict[Key, set[tuple[int, float]]] = {}
        for message in read_all(self.settings.kafka.bootstrap_servers, BARS):
            bar: Bar = codec.decode(message.value() or b"")
            found.setdefault((bar.symbol, bar.window_start // SECOND), set()).add((bar.trade_count or 0, bar.volume))
        return found

    def truth(self) -> dict[Key, set[tuple[int, float]]]:
        return {key: {(count, float(count))} for key, count in self.expected.items()}

    def is_complete(self) -> bool:
        return self.bars().keys() >= self.truth().keys()

    def close(self) -> None:
        self.producer.close()


def trade(symbol: str, ts_event: int, price: float = 1.0) -> Trade:
    """Return a trade of size 1."""
    return Trade(
        symbol=symbol, ts_event=ts_event, ts_received=ts_event, ts_published=ts_event, source="toy", trade_id=str(ts_event),
        sequence=ts_event % SECOND, price=price, size=1.0,
    )  # fmt: skip
