"""Order, offsets, threads and subscriptions of deliveries, without a broker."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import ManualClock
from infra.errors import Fatal, Permanent
from infra.settings import DiscordSettings, Settings, TierSettings
from schemas.records import DeliveryReceipt, Subscription, Tier
from sinks.channels.channel import Channel, MessageReference, Thread
from sinks.delivery.attempts import refuse_leaks
from sinks.delivery.delivery import Delivery
from sinks.delivery.delivery_log import REMEMBERED_SECONDS, DeliveryLog, receipt_of
from sinks.delivery.lanes import Lanes
from sinks.delivery.offset_ledger import OffsetLedger
from sinks.distribution.entitlements import Entitlements, house_subscriptions
from sinks.distribution.tiers import redact
from sinks.messages.message import Message
from sinks.messages.render import render
from sinks.messages.wording import Edition
from tests.support.setup_events import SECOND, lifecycle

NOW = 1_586_961_727 * SECOND
PLACE = ("distribution.premium.v1", 0)
ACCOUNT = Subscription(subscriber_id="4711", channel="discord", address="1", tier=Tier.PREMIUM, ts_event=0)


def _deliveries(symbol: str = "BCRX", subscription: Subscription = ACCOUNT) -> list[Delivery]:
    alerts = [redact(event, NOW, TierSettings()).premium for event in lifecycle(symbol, NOW)]
    return [Delivery(alert, subscription, PLACE, offset) for offset, alert in enumerate(alerts)]


@given(parts=st.lists(st.integers(0, 3), max_size=12), data=st.data())
def test_only_what_is_done_without_a_hole_is_committed(parts: list[int], data: st.DataObject) -> None:
    """Nothing lost: whatever the order of completion, a commit never passes unfinished work, and in the end covers all."""
    ledger = OffsetLedger()
    open_parts = []
    for offset, count in enumerate(parts):
        ledger.begin(PLACE, offset, count)
        open_parts += [offset] * count
    for offset in data.draw(st.permutations(open_parts)):
        committed = ledger.take_commits().get(PLACE, 0)
        assert all(unfinished >= committed for unfinished in open_parts)
        open_parts.remove(offset)
        ledger.finish(PLACE, offset)
    ledger.take_commits()
    assert ledger.open_records(PLACE) == 0


def test_a_partition_given_away_is_forgotten() -> None:
    ledger = OffsetLedger()
    ledger.begin(PLACE, 7, 1)
    ledger.forget(PLACE)
    ledger.finish(PLACE, 7)
    assert ledger.take_commits() == {}


async def test_a_slow_address_holds_up_nobody_else_and_no_setup_is_reordered() -> None:
    """DIS-21: order within a setup and address; the others run beside."""
    slow, quick = _deliveries("SLOW"), _deliveries("QUICK")
    gate = asyncio.Event()
    begun: dict[str, list[int]] = defaultdict(list)
    finished: list[Delivery] = []

    async def complete(delivery: Delivery) -> None:
        begun[delivery.alert.symbol].append(delivery.alert.sequence)
        if delivery.alert.symbol == "SLOW":
            await gate.wait()

    lanes = Lanes(complete, finished.append, lambda error: pytest.fail(repr(error)))
    for pair in zip(slow, quick, strict=True):
        for delivery in pair:
            lanes.add(delivery)
    async with asyncio.timeout(5):
        while len(finished) < len(quick):
            await asyncio.sleep(0)
    assert begun == {"SLOW": [0], "QUICK": [0, 1, 2, 3, 4]}
    gate.set()
    async with asyncio.timeout(5):
        while lanes.busy:
            await asyncio.sleep(0)
    assert begun["SLOW"] == [0, 1, 2, 3, 4]


async def test_a_fatal_error_ends_a_lane_and_finishes_nothing_behind_it() -> None:
    finished: list[Delivery] = []
    failures: list[BaseException] = []

    async def complete(_: Delivery) -> None:
        raise Fatal("expected, found")

    lanes = Lanes(complete, finished.append, failures.append)
    for delivery in _deliveries():
        lanes.add(delivery)
    async with asyncio.timeout(5):
        while lanes.busy:
            await asyncio.sleep(0)
    assert finished == [] and len(failures) == 1
    await lanes.close(0.1)


def _receipt(delivery: Delivery, message_id: str, thread_id: str | None, sent_us: int = NOW) -> DeliveryReceipt:
    return receipt_of(delivery, "discord", MessageReference(message_id, thread_id), None, sent_us, "headline")


def test_the_thread_is_the_first_message_of_setup_subscriber_tier_and_address() -> None:
    """DIS-16, BOX-13: rebuilt from receipts, also in any later order of replies."""
    first, second, *_ = _deliveries()
    log_book = DeliveryLog("discord")
    log_book.replay([_receipt(first, "10", "10"), _receipt(second, "11", "10")])
    assert log_book.thread(first.thread_key) == Thread("10", "10")
    assert log_book.is_done(second) and not log_book.is_done(_deliveries()[2])
    moved = replace(ACCOUNT, address="2")
    assert log_book.thread(_deliveries(subscription=moved)[2].thread_key) is None
    other = DeliveryLog("slack")
    other.replay([_receipt(first, "10", "10")])
    assert other.thread(first.thread_key) is None


def test_what_cannot_come_again_is_forgotten() -> None:
    log_book = DeliveryLog("discord")
    old, new = _deliveries("OLD")[0], _deliveries("NEW")[0]
    log_book.add(_receipt(old, "1", "1", NOW))
    log_book.add(_receipt(new, "2", "2", NOW + (REMEMBERED_SECONDS + 1) * SECOND))
    assert not log_book.is_done(old) and log_book.thread(old.thread_key) is None
    assert log_book.is_done(new) and log_book.thread(new.thread_key) == Thread("2", "2")


def test_the_newest_subscription_counts() -> None:
    """DIS-27, C-05: tier and channel decide; the house's come from settings and can be replaced."""
    house = house_subscriptions(DiscordSettings(premium_channel_id="1", free_channel_id="3"))
    table = Entitlements("discord", house)
    assert [entry.subscriber_id for entry in table.of(Tier.PREMIUM)] == ["house-premium"] and table.of(Tier.BASIC) == ()
    table.apply(ACCOUNT)
    assert [entry.subscriber_id for entry in table.of(Tier.PREMIUM)] == ["4711", "house-premium"]
    table.apply(replace(ACCOUNT, tier=Tier.BASIC))
    assert [entry.subscriber_id for entry in table.of(Tier.PREMIUM)] == ["house-premium"] and table.of(Tier.BASIC)
    table.apply(replace(ACCOUNT, channel="slack"))
    assert table.current("4711") is None
    table.apply(replace(house[0], tier=Tier.NONE))
    assert table.of(Tier.PREMIUM) == ()


class _Recorder(Channel):
    id = "recorder"
    posted = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def post(self, address: str, message: Message, *, delivery_id: str, thread: Thread | None, maybe_sent: bool) -> MessageReference:
        self.posted += 1
        return MessageReference("1", None)


async def test_a_channel_refuses_an_early_message() -> None:
    """Never early, the last of four places: one microsecond is too much."""
    clock = ManualClock(NOW - 1)
    channel = _Recorder(Settings(), clock)
    message = render(_deliveries()[0].alert, Edition("x", True, "live", ""))
    with pytest.raises(Fatal, match="too early"):
        await channel.send("1", message, delivery_id="x", not_before=NOW, thread=None)
    clock.microseconds = NOW
    await channel.send("1", message, delivery_id="x", not_before=NOW, thread=None)
    assert channel.posted == 1


def test_a_leaking_text_does_not_leave() -> None:
    """DIS-07: the linter runs in production, over what was rendered."""
    alerts = redact(lifecycle("BCRX", NOW)[0], NOW, TierSettings())
    assert alerts.free is not None
    delivery = Delivery(alerts.free, replace(ACCOUNT, tier=Tier.FREE), PLACE, 0)
    message = render(alerts.free, Edition(delivery.delivery_id, True, "live", "https://a.example"))
    refuse_leaks(delivery, message, "https://a.example")
    with pytest.raises(Permanent, match=r"number 6\.42"):
        refuse_leaks(delivery, replace(message, body="watch 6.42"), "https://a.example")


def test_a_lesson_with_a_number_from_a_foreign_writer_does_not_leave() -> None:
    alert = redact(lifecycle("BCRX", NOW)[0], NOW, TierSettings()).free
    assert alert is not None
    delivery = Delivery(replace(alert, lesson="Break of 6.42"), replace(ACCOUNT, tier=Tier.FREE), PLACE, 0)
    with pytest.raises(Permanent):
        refuse_leaks(delivery, render(delivery.alert, Edition("x", False, "live", "")), "")
