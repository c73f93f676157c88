"""Twenty bad records in a row, or 5 % of a thousand, end whoever reads them, without a commit: every kind of reader, for real."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from infra.clock import ManualClock
from infra.errors import Fatal, Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter_archive import LetterFilter, read_letters
from infra.kafka.producer import RecordProducer
from infra.settings import DiscordSettings, Settings
from schemas import catalog
from schemas.ids import deterministic_id
from schemas.records import Subscription, Tier
from tests.support.delivery_world import FakeDiscord, eventually, running_units, until_it_ends
from tests.support.setup_events import armed
from tests.support.stage_world import StageWorld
from tests.support.toy_market import TRADES

READERS = {
    "sink.clickhouse": "signals",  # first: it reads the others' topics as well
    "sink.fanout": "setups.events",
    "sink.release": "delay.free",
    "sink.discord": "distribution.basic",
}
pytestmark = pytest.mark.timeout(480)


@pytest.fixture
def settings(whole_world: StageWorld, fake_discord: FakeDiscord) -> Settings:
    """A broker of its own: a unit that met its limit meets the same records at its next start."""
    section = DiscordSettings(bot_token=SecretStr("test"), api_url=fake_discord.url, premium_channel_id=fake_discord.channels["premium"])
    return whole_world.settings.model_copy(update={"discord": section})


def letters(settings: Settings, codecs: CodecSet, unit: str, topic: str) -> int:
    """Return how many letters a unit wrote about a topic; -1 while a fresh broker is not ready to say.

    Of one topic: to read all of them takes seconds, in which the unit, on the same event loop, stands still.
    """
    try:
        return len(read_letters(settings.kafka, codecs, LetterFilter(topics=(topic,), stage=unit)))
    except Retryable:
        return -1


async def test_twenty_in_a_row_end_every_reader(whole_world: StageWorld, settings: Settings, codecs: CodecSet, market_clock: ManualClock) -> None:
    producer = RecordProducer(settings, codecs, client_id="test")
    for unit, topic in READERS.items():
        for number in range(19):
            producer.send_bytes(catalog.topic(topic).kafka_name, b"bad %d" % number, partition=0)
        with pytest.raises(Fatal, match="20 bad records in a row"):
            async with running_units(settings, market_clock, unit):
                await eventually(lambda unit=unit, topic=topic: letters(settings, codecs, unit, topic) == 19, f"letters of {unit}", 120)
                producer.send_bytes(catalog.topic(topic).kafka_name, b"the last straw", partition=0)
                await until_it_ends(unit, 120)
        assert letters(settings, codecs, unit, topic) == 20
    worker = whole_world.start_worker()
    for number in range(25):
        producer.send_bytes(TRADES, b"bad %d" % number, partition=2)
    assert await asyncio.to_thread(worker.wait, 90) == 70
    assert letters(settings, codecs, "stage.market", TRADES) == 20
    assert whole_world.committed(TRADES)[2] <= 0, "nothing of it is committed"
    producer.close()


async def test_more_than_five_percent_end_a_reader(settings: Settings, codecs: CodecSet, market_clock: ManualClock) -> None:
    """Good ones in between: no row of bad ones, but too many of them."""
    producer = RecordProducer(settings, codecs, client_id="test")
    name = catalog.topic("setups.events").kafka_name
    first = armed("ACRX", market_clock.now_us())
    for number in range(51):
        for place in range(18):
            producer.send("setups.events", replace(first, event_id=deterministic_id("event", number, place)), partition=1)
        producer.send_bytes(name, b"bad %d" % number, partition=1)
    with pytest.raises(Fatal, match="at most 50 bad records among the last 1000"):
        async with running_units(settings, market_clock, "sink.fanout"):
            await until_it_ends("sink.fanout", 120)
    assert letters(settings, codecs, "sink.fanout", "setups.events") == 51
    producer.close()


async def test_a_channel_that_takes_nothing_any_more_ends_its_sink(
    settings: Settings, codecs: CodecSet, fake_discord: FakeDiscord, market_clock: ManualClock
) -> None:
    """Refusals of one address among others are put aside; twenty in a row and nothing sent between them are our fault."""
    producer = RecordProducer(settings, codecs, client_id="test")
    for number in range(2):
        wrong = Subscription(subscriber_id=f"wrong-{number}", channel="discord", address="general", tier=Tier.PREMIUM, ts_event=0)
        producer.send("distribution.subscriptions", wrong)
    await producer.acknowledged()
    settings = settings.model_copy(update={"discord": settings.discord.model_copy(update={"premium_channel_id": ""})})
    with pytest.raises(Fatal, match="20 bad records in a row"):
        async with running_units(settings, market_clock, "sink.fanout", "sink.discord"):
            for number in range(12):
                producer.send("setups.events", armed(f"AC{chr(65 + number)}", market_clock.now_us()))
            await until_it_ends("sink.discord", 60)
    assert letters(settings, codecs, "sink.discord", "distribution.premium") >= 20
    producer.close()
