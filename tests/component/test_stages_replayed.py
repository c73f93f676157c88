"""Stages that feed each other, killed at random: folding the log again gives the same bytes, whatever came when."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from infra.cli.verify import verified
from infra.flow_settings import AggregateSettings
from infra.kafka.client import client_configuration
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_ends import topic_ends
from infra.local.artifacts import ArtifactStore
from infra.regime_settings import RegimeSettings
from infra.settings import Settings
from processors.stages import STAGES
from schemas import catalog
from schemas.records import MarketView, OptionRight, Tick, Trade
from tests.support import flow_replay
from tests.support.book_tape import book
from tests.support.gamma_world import SPOT, days, whole_chain
from tests.support.kafka_world import read_all, wait_until
from tests.support.stage_world import StageWorld, stage_world, topics_of

SECOND = 1_000_000
OPEN = 1_750_253_400 * SECOND  # 2025-06-18 09:30:00 in New York
TOGETHER = 10  # seconds written at once
SYMBOLS = ("AAPL", "BCRX", "CTRM", "HOLO", "NVDA", "SPY")
OPTIONS = ("NVDA", "SPY")  # have a chain, option trades and books
EXPIRIES = (date(2025, 6, 20), date(2025, 7, 18))
TRADES, TICKS = (catalog.topic(name).kafka_name for name in ("market.trades", "ops.ticks"))
KILLED = ("market", "regime", "agents", "depth", "microstructure", "flow", "gamma", "aggregate")
HERE = topics_of(STAGES[name] for name in KILLED)
COVERED = [(name, partition) for topic in catalog.topics().values() if topic.covered and (name := topic.kafka_name) in HERE for partition in range(4)]
CHAIN = {
    "stage.market": ("stage.market",),
    "derived": ("stage.regime", "stage.agents"),
    "options": ("stage.depth", "stage.microstructure", "stage.flow", "stage.gamma", "stage.aggregate"),
}
SELDOM = ("derived.boxes", "derived.findings", "derived.position-states", "derived.gamma-scores", "ops.alerts")  # half an hour may not have them
WRITTEN = ("market.trades", "market.books", "options.contracts", "options.trades", "darkpool.prints", "ops.ticks")


class Market:
    """A seeded walk of each symbol, a print a second and sometimes none, options of two, and the ticks that cover it all."""

    def __init__(self, settings: Settings) -> None:
        codecs = CodecSet.from_registry(settings.registry, WRITTEN)
        self.producer = RecordProducer(settings, codecs, client_id="market")
        self.consumer = Consumer(client_configuration(settings.kafka) | {"group.id": "market-ends"})
        self.chance = random.Random(11)
        self.second = 0
        self.prices = dict.fromkeys(SYMBOLS, SPOT)

    async def seconds(self, count: int, busy: float = 0.8) -> None:
        """Publish the next seconds, ten at a time, each symbol in that share of them; each tick covers what every topic holds when it is made."""
        for _ in range(count // TOGETHER):
            for second in range(self.second, self.second + TOGETHER):
                for symbol in SYMBOLS:
                    if self.chance.random() < busy:
                        self.prices[symbol] = round(self.prices[symbol] * (1 + self.chance.gauss(0, 0.002)), 2)
                        moment = OPEN + second * SECOND + self.chance.randrange(SECOND)
                        self.producer.send("market.trades", self._trade(symbol, moment))
                for symbol in OPTIONS:
                    if second % 60 == 0 or self.chance.random() < busy:
                        self._publish_options(symbol, second)
            await self.producer.acknowledged()
            ends = topic_ends(self.consumer, COVERED)
            for partition in range(4):
                barriers = {topic: end for (topic, place), end in ends.items() if place == partition}
                barriers[TRADES] = self.producer.positions.get((TRADES, partition), 0)
                for second in range(self.second + 1, self.second + TOGETHER + 1):
                    self.producer.send("ops.ticks", Tick(ts_event=OPEN + second * SECOND, barriers=barriers), partition=partition)
            self.second += TOGETHER
        await self.producer.acknowledged()

    def _publish_options(self, symbol: str, second: int) -> None:
        """Write an option trade or two, sometimes of the second before, once more, or of one to come; a book; every minute a chain."""
        if second % 60 == 0:
            for row in whole_chain(OPEN + second * SECOND, EXPIRIES)[::7]:
                self.producer.send("options.contracts", replace(row, symbol=symbol))
        for number in range(self.chance.randrange(3)):
            moment = OPEN + (second + self.chance.choice([-1, 0, 0, 2])) * SECOND + self.chance.randrange(SECOND)
            trade = flow_replay.option_trade(
                moment, self.chance.choice([90.0, 150_000.0]), right=self.chance.choice(list(OptionRight)), bought=self.chance.choice([-1, 0, 1]),
                symbol=symbol, trade_id=f"{symbol}-{second}-{number}", expiry=days(EXPIRIES[0]), strike=self.chance.choice([568.0, 596.0]),
                ask_volume=second, bid_volume=second // 2, underlying_price=self.prices[symbol],
            )  # fmt: skip
            for _ in range(self.chance.choice([1, 1, 1, 2])):
                self.producer.send("options.trades", trade)
        if second % 5 == 0:
            self.producer.send("market.books", replace(book(OPEN + second * SECOND, bids=self.chance.uniform(100, 900)), symbol=symbol))
            self.producer.send("darkpool.prints", flow_replay.darkpool_print(OPEN + second * SECOND, 6e5, symbol=symbol))

    def ends(self, topic: str) -> list[int]:
        return [topic_ends(self.consumer, [(topic, partition)])[topic, partition] for partition in range(4)]

    def close(self) -> None:
        self.producer.close()
        self.consumer.close()

    def _trade(self, symbol: str, moment: int) -> Trade:
        return Trade(
            symbol=symbol, ts_event=moment, ts_received=moment, ts_published=moment, source="polygon", trade_id=f"{symbol}{moment}",
            sequence=moment - OPEN, price=self.prices[symbol], size=100.0,
        )  # fmt: skip


@pytest.fixture
def world(local_artifacts: ArtifactStore, registry_url: str, tmp_path: Path) -> Iterator[StageWorld]:
    with stage_world(local_artifacts, registry_url, tmp_path, KILLED) as world:
        yield world


@pytest.fixture
def market(world: StageWorld) -> Iterator[Market]:
    market = Market(world.settings)
    yield market
    market.close()


@pytest.mark.timeout(300)
async def test_killed_stages_write_what_the_log_says(world: StageWorld, market: Market) -> None:
    """Bars, books and option trades become regimes, depth, flow and gamma, these come back into views, views become findings.

    What each stage wrote equals its inputs folded again, though each process was killed once.
    """
    workers: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str) -> None:
        workers[name] = world.start_unit(*CHAIN[name], TAPEWIRE_REGIME__MINIMUM_BARS="28", TAPEWIRE_AGGREGATE__SYMBOLS="*")

    async def at_rest() -> None:
        for spec in (STAGES[name] for name in KILLED):
            topic = catalog.topic(spec.tick_topic or spec.inputs[0]).kafka_name

            def done(topic: str = topic, group: str = spec.app_id) -> bool:
                return [max(at, 0) for at in world.committed(topic, group)] == market.ends(topic)

            await asyncio.to_thread(wait_until, done, f"{spec.unit} at the end of {topic}", 60.0)

    for name in CHAIN:
        start(name)
    await market.seconds(1_500, busy=0.1)  # regimes want half an hour of bars
    victims = market.chance.sample(list(CHAIN), len(CHAIN))
    for chunk in range(7):
        await market.seconds(60)
        if chunk in (1, 3, 5):
            name = victims.pop()
            world.kill(workers[name])
            await market.seconds(20)
            start(name)
        await at_rest()
    told = {"regime": RegimeSettings(minimum_bars=28), "aggregate": AggregateSettings(symbols=("*",))}
    settings = world.settings.model_copy(update=told)
    for name in KILLED:
        for line in verified(STAGES[name], settings):
            assert line.is_right, line
            assert not line.not_yet, line
            assert line.equal or line.topic in SELDOM, line
    codec = CodecSet.from_registry(settings.registry, ["views"]).of("views")
    views = [codec.decode(message.value() or b"") for message in read_all(settings.kafka.bootstrap_servers, catalog.topic("views").kafka_name)]
    shown = [view for view in views if isinstance(view, MarketView) and view.regime is not None]
    assert {view.symbol for view in shown} == set(SYMBOLS)
    assert all("no_regime" not in view.missing for view in shown)
    for what in ("depth", "gamma", "flow"):
        assert {view.symbol for view in shown if getattr(view, what) is not None} >= set(OPTIONS), what
