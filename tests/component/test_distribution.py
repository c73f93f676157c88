"""Fan-out, release and the Discord channel together, on a real broker and a Discord that enforces its limits."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.clock import ManualClock, ScaledClock, SystemClock, monotonic_seconds
from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.consumer_loop import ConsumerLoop
from infra.kafka.producer import RecordProducer
from infra.settings import ClockSettings, Settings, environment_of
from schemas import catalog
from schemas.record import Record
from schemas.records import DeadLetter, DeliveryReceipt, ExpiredDelivery, SetupEvent, Subscription, Tier
from sinks.channels.discord import nonce_of
from sinks.delivery.unit import _Handler
from sinks.distribution.clock_guard import ClockGuard
from tests.support.delivery_world import FakeDiscord, eventually, fresh_symbol, running_units
from tests.support.kafka_world import read_all
from tests.support.setup_events import SECOND, lifecycle

ALL = ("sink.fanout", "sink.release", "sink.discord")
pytestmark = pytest.mark.timeout(180)


async def _publish(producer: RecordProducer, *events: SetupEvent) -> None:
    for event in events:
        producer.send("setups.events", event)
    await producer.acknowledged()


def _records(settings: Settings, codecs: CodecSet, topic: str) -> list[tuple[int, Any]]:
    """Return (broker's append time in ms, record) of everything committed in a topic."""
    entry = catalog.topic(topic)
    messages = read_all(settings.kafka.bootstrap_servers, entry.kafka_name, committed_only=True)
    return [(message.timestamp()[1], codecs.of(topic).decode(message.value() or b"")) for message in messages]


async def _of_symbol(settings: Settings, codecs: CodecSet, topic: str, symbol: str) -> list[tuple[int, Any]]:
    found = await asyncio.to_thread(_records, settings, codecs, topic)
    return [(appended, record) for appended, record in found if record.symbol == symbol]


async def _receipts(settings: Settings, codecs: CodecSet, setup_id: str) -> list[DeliveryReceipt]:
    found = await asyncio.to_thread(_records, settings, codecs, "distribution.receipts")
    return [record for _, record in found if record.setup_id == setup_id]


async def _eventually_records(read: Callable[[], Any], count: int, what: str) -> list[Any]:
    for _ in range(200):
        found: list[Any] = await read()
        if len(found) >= count:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited for {count} {what}, found {len(found)}")


async def test_a_setup_is_one_thread_per_tier_and_no_tier_reads_early(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer, codecs: CodecSet
) -> None:
    """BOX-12, BOX-13, DIS-01..03, DIS-17: three posts until the trigger, the last two inside the thread; basic after 60 s, free after 300."""
    symbol = fresh_symbol()
    events = lifecycle(symbol, market_clock.now_us(), 0)
    async with running_units(delivery_settings, market_clock, *ALL):
        await _publish(record_producer, *events[:3])
        first, primed, active = await eventually(
            lambda: (posts := fake_discord.posts("premium", symbol))[2:] and posts, "three premium posts"
        )
        thread = fake_discord.store.thread(first["id"])
        assert thread is not None and thread.archive_minutes == 1_440 and thread.parent_id == fake_discord.channels["premium"]
        assert first["channel"] == fake_discord.channels["premium"] and first["flags"] == 1 << 12, "the heads-up is quiet"
        for reply in (primed, active):
            assert reply["channel"] == thread.thread_id and reply["reply_to"] == first["id"] and not reply.get("flags")
        assert active["content"].startswith(f"\u25b2 {symbol} long triggered \u00b7 entry 6.45 \u00b7 stop 6.18")

        # The clock moves on only when the receipts are written: they bear its moment, not that of the posts.
        await _eventually_records(lambda: _receipts(delivery_settings, codecs, events[0].setup_id), 3, "receipts of premium")
        market_clock.advance(59.999)
        marker = lifecycle(fresh_symbol(), market_clock.now_us(), 0)[0]
        await _publish(record_producer, marker)
        await eventually(lambda: fake_discord.posts("premium", marker.symbol), "a later premium post")
        assert await _of_symbol(delivery_settings, codecs, "distribution.basic", symbol) == []
        assert fake_discord.posts("basic", symbol) == []

        market_clock.advance(0.001)
        basic = await eventually(lambda: (posts := fake_discord.posts("basic", symbol))[2:] and posts, "three basic posts")
        assert [post["content"] for post in basic][2] == f"\u25b2 {symbol} long triggered \u00b7 entry 6.45"
        assert fake_discord.posts("free", symbol) == []
        await _eventually_records(lambda: _receipts(delivery_settings, codecs, events[0].setup_id), 6, "receipts of basic")
        market_clock.advance(240)
        free = await eventually(lambda: (posts := fake_discord.posts("free", symbol))[2:] and posts, "three free posts")
        assert all(not any(character.isdigit() for character in post["content"]) for post in free)
        receipts = await _eventually_records(lambda: _receipts(delivery_settings, codecs, events[0].setup_id), 9, "receipts")
    assert len(fake_discord.posts("premium", symbol)) == 3
    for receipt in receipts:
        assert receipt.ts_sent >= receipt.not_before and receipt.lateness_ms == (receipt.ts_sent - receipt.not_before) // 1_000
    assert {receipt.tier: receipt.ts_sent - events[0].ts_event for receipt in receipts} == {
        Tier.PREMIUM: 0, Tier.BASIC: 60 * SECOND, Tier.FREE: 300 * SECOND,
    }  # fmt: skip


async def test_the_brokers_own_clock_confirms_the_delays_of_a_fast_day(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer, codecs: CodecSet
) -> None:
    """DIS-02..04 at 60 times real time: never early by the broker's append time, at most one real second late."""
    speed, origin = 60.0, SystemClock().now_us()
    clock = ScaledClock(market_clock.now_us(), speed, origin)
    symbol = fresh_symbol()
    async with running_units(delivery_settings, clock, "sink.fanout", "sink.release") as health:
        await eventually(lambda: health.ready, "units joined their groups")
        for event in lifecycle(symbol, clock.now_us(), 0):
            await _publish(record_producer, replace(event, ts_event=clock.now_us()))
        free = await _eventually_records(lambda: _of_symbol(delivery_settings, codecs, "distribution.free", symbol), 4, "free records")
        basic = await _of_symbol(delivery_settings, codecs, "distribution.basic", symbol)
    assert [record.sequence for _, record in basic] == [0, 1, 2, 3, 4]
    assert [record.sequence for _, record in free] == [0, 1, 2, 4]
    for appended_ms, record in basic + free:
        due_real_us = origin + (record.not_before - clock.start_us) / speed
        assert appended_ms * 1_000 + 999 >= due_real_us, "early"
        assert appended_ms - due_real_us / 1_000 <= 1_000, "more than a second late"


async def test_a_reply_finds_its_thread_after_a_restart(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer
) -> None:
    """DIS-16: the message-id store is the receipts topic, not memory."""
    symbol = fresh_symbol()
    events = lifecycle(symbol, market_clock.now_us(), 0)
    async with running_units(delivery_settings, market_clock, *ALL):
        await _publish(record_producer, events[0])
        (first,) = await eventually(lambda: fake_discord.posts("premium", symbol), "the opening post")
    await _publish(record_producer, *events[1:3], events[0])
    async with running_units(delivery_settings, market_clock, *ALL):
        posts = await eventually(lambda: (found := fake_discord.posts("premium", symbol))[2:] and found, "the replies")
    assert [post["reply_to"] for post in posts] == [None, first["id"], first["id"]]
    assert [post["channel"] for post in posts[1:]] == [first["id"], first["id"]]


async def test_refusals_and_outages_lose_nothing_and_keep_the_order(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer
) -> None:
    """DIS-21: a storm of 429, answers lost after acceptance, and a closed door."""
    events = [lifecycle(fresh_symbol(), market_clock.now_us(), 0) for _ in range(3)]
    fake_discord.faults.retry_after_seconds = 0.05
    fake_discord.faults.refuse_429 = 6
    fake_discord.faults.fail_after_accepting = 2
    async with running_units(delivery_settings, market_clock, *ALL):
        await _publish(record_producer, *(event for group in zip(*events, strict=True) for event in group))
        await eventually(lambda: fake_discord.posts("premium", events[0][0].symbol), "a first post")
        fake_discord.faults.unavailable = True
        await eventually(lambda: fake_discord.faults.refused_unavailable >= 2, "requests met the closed door")
        fake_discord.faults.unavailable = False
        for group in events:
            symbol = group[0].symbol
            posts = await eventually(
                lambda symbol=symbol: (found := fake_discord.posts("premium", symbol))[4:] and found, f"all posts of {symbol}", 60.0
            )
            words = ["setup", "primed", "triggered", "target 1 of 2", "closed"]
            assert [word in post["content"] for word, post in zip(words, posts, strict=True)] == [True] * 5
            assert [post["reply_to"] for post in posts] == [None] + [posts[0]["id"]] * 4
            assert len({post["nonce"] for post in posts}) == 5


@pytest.mark.parametrize("nonce_is_forgotten", [False, True])
async def test_a_process_killed_between_sending_and_its_receipt_tells_nothing_twice(
    delivery_settings: Settings,
    fake_discord: FakeDiscord,
    record_producer: RecordProducer,
    market_clock: ManualClock,
    codecs: CodecSet,
    nonce_is_forgotten: bool,
) -> None:
    """DIS-16: nonce, and after a longer interruption the channel's history, close the gap that no receipt can; SIGKILL of a real process."""
    clock = ClockSettings(kind="scaled", start_us=market_clock.now_us(), origin_us=SystemClock().now_us(), speed=1.0)
    settings = delivery_settings.model_copy(update={"clock": clock})
    symbol = fresh_symbol()
    events = lifecycle(symbol, market_clock.now_us(), 0)
    command = [sys.executable, "-m", "infra.cli.main", "run", "sink.discord"]
    environment = {**os.environ, **environment_of(settings), "KILL_AT": "delivery.sent:2"}
    scaled = ScaledClock(clock.start_us, clock.speed, clock.origin_us)
    async with running_units(settings, scaled, "sink.fanout"):
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await _publish(record_producer, *events)
            assert await asyncio.wait_for(process.wait(), 60) == -9
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert len(fake_discord.posts("premium", symbol)) == 2
        assert len(await _receipts(settings, codecs, events[0].setup_id)) == 1, "the second message has no receipt"
        if nonce_is_forgotten:
            fake_discord.store.forget_nonces()
        async with running_units(settings, scaled, "sink.discord"):
            await _eventually_records(lambda: _receipts(settings, codecs, events[0].setup_id), 5, "receipts")
    posts = fake_discord.posts("premium", symbol)
    receipts = await _receipts(settings, codecs, events[0].setup_id)
    assert len(posts) == 5
    assert [post["nonce"] for post in posts] == [nonce_of(receipt.delivery_id) for receipt in receipts]
    assert [post["id"] for post in posts] == [receipt.message_id for receipt in receipts]


async def test_a_downgrade_holds_from_the_very_next_message(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer
) -> None:
    """DIS-27"""
    symbol, account = fresh_symbol(), "1188000000000990001"
    events = lifecycle(symbol, market_clock.now_us(), 0)
    subscription = Subscription(
        subscriber_id=f"account-{symbol}", channel="discord", address=account, tier=Tier.PREMIUM, ts_event=market_clock.now_us()
    )
    async with running_units(delivery_settings, market_clock, *ALL):
        record_producer.send("distribution.subscriptions", subscription)
        await record_producer.acknowledged()  # topics have no order among each other: what comes first must be there first
        await _publish(record_producer, events[0])
        await eventually(lambda: fake_discord.at(account, symbol), "the account's premium post")
        record_producer.send("distribution.subscriptions", replace(subscription, tier=Tier.BASIC))
        await record_producer.acknowledged()
        await _publish(record_producer, *events[1:])
        await eventually(lambda: fake_discord.posts("premium", symbol)[4:], "the house's premium posts")
        assert len(fake_discord.at(account, symbol)) == 1, "nothing of premium after the downgrade"
        market_clock.advance(60)
        posts = await eventually(lambda: (found := fake_discord.at(account, symbol))[5:] and found, "the account's basic posts")
    record_producer.send("distribution.subscriptions", replace(subscription, tier=Tier.NONE))
    await record_producer.acknowledged()
    assert "stop" in posts[0]["content"]
    assert all("6.18" not in str(post) and "7.04" not in str(post) for post in posts[1:])
    assert posts[1]["reply_to"] is None, "another tier is another thread"


async def test_a_subscription_made_after_the_last_look_holds_for_the_very_next_poll(
    delivery_settings: Settings,
    fake_discord: FakeDiscord,
    market_clock: ManualClock,
    record_producer: RecordProducer,
    codecs: CodecSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DIS-27: the subscriptions looked up before a poll are no answer for what the poll returns."""
    symbol, account = fresh_symbol(), "1188000000000990002"
    event = lifecycle(symbol, market_clock.now_us(), 0)[0]
    looked, go_on, after_poll = threading.Event(), threading.Event(), _Handler.after_poll

    def waits_after_its_look(handler: _Handler, loop: ConsumerLoop) -> None:
        looks = monotonic_seconds() >= handler._next_refresh
        after_poll(handler, loop)
        if looks and handler._took_over_ms and not looked.is_set():
            looked.set()
            assert go_on.wait(60)

    monkeypatch.setattr(_Handler, "after_poll", waits_after_its_look)
    subscription = Subscription(
        subscriber_id=f"account-{symbol}", channel="discord", address=account, tier=Tier.PREMIUM, ts_event=market_clock.now_us()
    )
    async with running_units(delivery_settings, market_clock, "sink.fanout", "sink.discord"):
        assert await asyncio.to_thread(looked.wait, 60)
        record_producer.send("distribution.subscriptions", subscription)
        await record_producer.acknowledged()
        await _publish(record_producer, event)
        await _eventually_records(lambda: _of_symbol(delivery_settings, codecs, "distribution.premium", symbol), 1, "premium records")
        go_on.set()
        await eventually(lambda: fake_discord.posts("premium", symbol), "the house's premium post")
        record_producer.send("distribution.subscriptions", replace(subscription, tier=Tier.NONE))
        await record_producer.acknowledged()
    assert len(fake_discord.at(account, symbol)) == 1


async def test_a_bad_address_is_put_aside_and_nobody_else_waits(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer, codecs: CodecSet
) -> None:
    symbol = fresh_symbol()
    wrong = Subscription(subscriber_id=f"wrong-{symbol}", channel="discord", address="general", tier=Tier.PREMIUM, ts_event=0)
    record_producer.send("distribution.subscriptions", wrong)
    await record_producer.acknowledged()
    events = lifecycle(symbol, market_clock.now_us(), 0)
    async with running_units(delivery_settings, market_clock, *ALL):
        await _publish(record_producer, *events)
        await eventually(lambda: fake_discord.posts("premium", symbol)[4:], "the house's posts")
        record_producer.send("distribution.subscriptions", replace(wrong, tier=Tier.NONE))
        await record_producer.acknowledged()

        async def letters() -> list[Record]:
            name = catalog.topic("distribution.premium").dead_letter_name
            messages = await asyncio.to_thread(read_all, delivery_settings.kafka.bootstrap_servers, name)
            found: list[DeadLetter] = [codecs.dead_letters.decode(message.value() or b"") for message in messages]
            return [letter for letter in found if wrong.subscriber_id in letter.reason]

        letter = (await _eventually_records(letters, 1, "dead letters"))[0]
    assert letter.stage == "sink.discord" and "general" in letter.reason
    assert codecs.of("distribution.premium").decode(letter.value).symbol == symbol


async def test_a_repeated_event_is_told_once_also_across_a_restart(
    delivery_settings: Settings, market_clock: ManualClock, record_producer: RecordProducer, codecs: CodecSet, fake_discord: FakeDiscord
) -> None:
    """A decision stage killed before its commit publishes its last events again, with the same ids."""
    symbol = fresh_symbol()
    events = lifecycle(symbol, market_clock.now_us(), 0)

    async def told() -> list[Any]:
        return await _of_symbol(delivery_settings, codecs, "distribution.premium", symbol)

    async with running_units(delivery_settings, market_clock, "sink.fanout"):
        await _publish(record_producer, events[0], events[1], events[0], events[1])
        await _eventually_records(told, 2, "premium records")
    await _publish(record_producer, events[1], events[2])
    async with running_units(delivery_settings, market_clock, "sink.fanout"):
        await _eventually_records(told, 3, "premium records")
    assert [record.sequence for _, record in await told()] == [0, 1, 2]
    basic = await _of_symbol(delivery_settings, codecs, "delay.basic", symbol)
    assert [record.sequence for _, record in basic] == [0, 1, 2]


async def test_what_was_due_too_long_ago_is_expired_and_said(
    delivery_settings: Settings, fake_discord: FakeDiscord, market_clock: ManualClock, record_producer: RecordProducer, codecs: CodecSet
) -> None:
    """Nothing is dropped in silence: distribution.expired says what, for whom and why."""
    symbol = fresh_symbol()
    event = lifecycle(symbol, market_clock.now_us(), 0)[0]
    async with running_units(delivery_settings, market_clock, "sink.fanout"):
        await _publish(record_producer, event)
        await _eventually_records(lambda: _of_symbol(delivery_settings, codecs, "distribution.premium", symbol), 1, "premium records")
    market_clock.advance(delivery_settings.tiers.expiry_seconds + 1)

    async def expired() -> list[ExpiredDelivery]:
        found = await asyncio.to_thread(_records, delivery_settings, codecs, "distribution.expired")
        return [record for _, record in found if record.setup_id == event.setup_id]

    async with running_units(delivery_settings, market_clock, "sink.discord"):
        (entry,) = await _eventually_records(expired, 1, "expiries")
    assert entry.subscriber_id == "house-premium" and entry.ts_event > entry.expires_at
    assert fake_discord.posts("premium", symbol) == []


async def test_a_backlog_is_paused_and_taken_up_again_without_loss(
    delivery_settings: Settings,
    fake_discord: FakeDiscord,
    market_clock: ManualClock,
    record_producer: RecordProducer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unfinished work is bounded; behind the last record that was read there is a transaction's mark, not a record."""
    monkeypatch.setattr("sinks.delivery.unit._OPEN_RECORDS", 2)
    groups = [lifecycle(fresh_symbol(), market_clock.now_us(), 0) for _ in range(4)]
    async with running_units(delivery_settings, market_clock, "sink.fanout") as health:
        for event in (event for group in groups for event in group):
            await _publish(record_producer, event)  # one by one, so that transactions are small
        await eventually(lambda: health.conditions()["sink.fanout"].records_out >= 55, "the premium, basic and free records")
    async with running_units(delivery_settings, market_clock, "sink.discord"):
        for group in groups:
            symbol = group[0].symbol
            posts = await eventually(lambda symbol=symbol: (found := fake_discord.posts("premium", symbol))[4:] and found, f"posts of {symbol}", 90.0)
            assert len(posts) == 5


async def test_without_a_token_the_channel_is_off_and_says_so(kafka_settings: Settings, market_clock: ManualClock) -> None:
    async with running_units(kafka_settings, market_clock, "sink.discord") as health:
        await eventually(lambda: "no bot token" in health.conditions()["sink.discord"].detail, "the unit's word")
        assert health.ready


def test_nothing_is_sent_while_the_clocks_differ(kafka_settings: Settings, codecs: CodecSet, market_clock: ManualClock) -> None:
    """Engineering 5.1: skew against the broker's append time, real time, whatever market time says."""

    def guard(error_seconds: float) -> ClockGuard:
        now = SystemClock().now_us()
        wrong = ScaledClock(now + round(error_seconds * SECOND), 1.0, now)
        made = ClockGuard(kafka_settings, codecs, "test", market_clock, wall_clock=wrong)
        with pytest.raises(Retryable, match="none yet"):
            made.require()
        made.keep_current()
        return made

    right = guard(0.0)
    right.require()
    assert right.ahead_ms == 0.0
    fast = guard(30.0)
    assert fast.ahead_ms == pytest.approx(30_000, abs=11_000)
    for wrong in (fast, guard(-30.0)):
        with pytest.raises(Retryable, match="nothing is sent"):
            wrong.require()
    slightly = guard(0.9)
    slightly.require()
    assert 0.0 <= slightly.ahead_ms <= 900.0
