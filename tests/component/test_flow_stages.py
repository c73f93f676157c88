"""stage.flow and stage.symbol_events on a real broker, through a kill: one event an id, numbers that know everything (FLW-08, FLW-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.settings import Settings
from processors.stages import STAGES
from schemas.records import CongressTrade, FlowMetrics, Headline, Licence, Tick
from tests.support.feed_world import FeedWorld, empty_topics
from tests.support.flow_replay import DAY, OPEN, SECOND, darkpool_print, option_trade
from tests.support.kafka_world import wait_until

SPEC = STAGES["flow"]
TOPICS = (*SPEC.inputs, *SPEC.outputs, "ops.ticks", "reference.congress-trades", "news.headlines")
STAMPS = {"ts_event": OPEN, "ts_received": OPEN, "ts_published": OPEN, "source": "unusual_whales", "licence": Licence.INTERNAL}
BUY = CongressTrade(
    trade_id="t1", **STAMPS, symbol="SPY", reporter="A. Member", transaction="Buy", transaction_date=DAY - 30, amount_low=500_001.0  # type: ignore[arg-type]
)
NEWS = Headline(headline_id="h1", **STAMPS, headline="Funds and chips rise", symbols=("SPY", "NVDA"), sentiment="positive")  # type: ignore[arg-type]


@pytest.fixture
def world(kafka_settings: Settings, codecs: CodecSet, tmp_path: Path) -> Iterator[FeedWorld]:
    empty_topics(kafka_settings, TOPICS)
    stage = kafka_settings.stage.model_copy(update={"data_folder": tmp_path / "stage"})
    found = FeedWorld(kafka_settings.model_copy(update={"stage": stage}), codecs, tmp_path)
    yield found
    for name in list(found.processes):
        found.kill(name)


class Market:
    """Writes one tick after another."""

    def __init__(self, producer: RecordProducer) -> None:
        self._producer = producer
        self._second = 0

    def tick(self) -> None:
        self._second += 1
        for partition in range(4):
            self._producer.send("ops.ticks", Tick(ts_event=OPEN + self._second * SECOND), partition=partition)
        self._producer.flush()


def newest(world: FeedWorld) -> FlowMetrics | None:
    found: list[FlowMetrics] = [one for one in world.records("derived.flow-metrics") if one.symbol == "SPY"]
    return max(found, key=lambda one: one.ts_event, default=None)


def test_flow_and_disclosures_meet_under_their_symbol(world: FeedWorld, record_producer: RecordProducer) -> None:
    market = Market(record_producer)
    record_producer.send("reference.congress-trades", BUY)
    record_producer.send("news.headlines", NEWS)
    for place in range(40):
        record_producer.send("options.trades", option_trade(OPEN + place, 100.0, trade_id=f"{place}"))
    record_producer.send("darkpool.prints", darkpool_print(OPEN, 1e6))
    record_producer.flush()
    world.start("flow", "run", "stage.flow", "stage.symbol_events")

    def knows(trades: int, signal: int) -> bool:
        market.tick()
        last = newest(world)
        return last is not None and (last.option_trades, last.congress_signal, last.news_score) == (trades, signal, 1.0)

    wait_until(lambda: knows(40, 1), "trades, disclosure and headline in one record")
    world.kill("flow")
    record_producer.send("reference.congress-trades", BUY)
    record_producer.send("reference.congress-trades", replace(BUY, trade_id="t2", transaction="Sell", amount_low=1.0))
    record_producer.send("options.trades", option_trade(OPEN + 50, 100.0, trade_id="39"))
    record_producer.send("options.trades", option_trade(OPEN + 50, 100.0, trade_id="40"))
    record_producer.flush()
    world.start("flow", "run", "stage.flow", "stage.symbol_events")
    wait_until(lambda: knows(41, 0), "the new trade once, and the sale that blocks")
    assert world.stop("flow") == 0
    ids = [one.event_id for one in world.records("derived.symbol-events")]
    assert len(ids) == len(set(ids)) == 4, "nothing is written again after a kill"
    assert not world.dead_letters("options.trades")
