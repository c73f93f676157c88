"""Unusual Whales' Kafka messages: the records of equal trades and alerts are those of the WebSocket, and nothing it could send does harm."""

from __future__ import annotations

import dataclasses

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.clock import ManualClock
from infra.errors import Permanent, Retryable
from infra.settings import Settings
from infra.vendor_settings import UnusualWhalesSettings
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales.feed_stream import unusual_whales_stream
from producers.unusual_whales.kafka_messages import FlowAlertMessage, OptionTradeMessage, joined, split
from producers.unusual_whales.kafka_stream import consumer_configuration, open_kafka_stream
from producers.unusual_whales.parse_frame import parse_frame
from producers.unusual_whales.parse_kafka import ENDPOINT, parse_messages
from schemas.record import Record
from schemas.records import FlowAlert, OptionTrade
from tests.support.uw_kafka import TOPICS, as_message, spoken

NOW = 1_800_000_000_000_000
STAMPS = Stamps(NOW, NOW + 5, NOW)


def payload(topic: str, *values: bytes) -> Payload:
    return Payload(ENDPOINT, joined(values), NOW, {"topic": topic})


def records(items: list[Parsed | Refused]) -> list[Record]:
    assert [item.error for item in items if isinstance(item, Refused)] == []
    return [item.record for item in items if isinstance(item, Parsed)]


def test_equal_trades_and_alerts_are_equal_records() -> None:
    """X-10: for a reader it makes no difference how the data came. Kafka leaves a trade's condition and an alert's rule name out."""
    compared = {"option_trades": 0, "flow-alerts": 0}
    for channel, sent in spoken(minutes=2):
        frame = orjson.dumps([channel, sent])
        (stream,) = [item.record for item in parse_frame(frame, STAMPS) if isinstance(item, Parsed)]
        (kafka,) = records(parse_messages(payload(TOPICS[channel][0], as_message(channel, sent)), STAMPS))
        if isinstance(stream, OptionTrade):
            stream = dataclasses.replace(stream, conditions=())
        elif isinstance(stream, FlowAlert):
            stream = dataclasses.replace(stream, rule=None)
        assert kafka == stream
        compared[channel] += 1
    assert compared["option_trades"] > 200
    assert compared["flow-alerts"] > 0


@pytest.mark.parametrize(("root", "underlying"), [("SPXW", "SPX"), ("SPY", "SPY")])
def test_the_contract_is_named_by_its_root_and_meets_its_underlying(root: str, underlying: str) -> None:
    message = OptionTradeMessage(
        id="1", underlying_symbol=root, executed_at=1_750_000_000_000, size=1, price="1.5", premium="150", expiry="2025-06-20", option_type="put",
        strike="5900",
    )  # fmt: skip
    (trade,) = records(parse_messages(payload("all-option-trades", message.SerializeToString()), STAMPS))
    assert isinstance(trade, OptionTrade)
    assert (trade.option_symbol, trade.symbol) == (f"{root}250620P05900000", underlying)
    assert (trade.underlying_price, trade.delta, trade.exchange, trade.sentiment) == (None, None, None, None)
    assert (trade.open_interest, trade.ask_volume) == (0, 0)


def test_a_bad_message_is_put_aside_and_the_others_go_on() -> None:
    good = as_message(*next((channel, sent) for channel, sent in spoken(minutes=1) if channel == "option_trades"))
    empty = OptionTradeMessage().SerializeToString()
    found = parse_messages(payload("all-option-trades", good, b"\xff\xff\xff", empty, good), STAMPS)
    assert [isinstance(item, Parsed) for item in found] == [True, False, False, True]
    assert [item.value for item in found if isinstance(item, Refused)] == [b"\xff\xff\xff", b""]


@pytest.mark.parametrize(
    ("field", "value"), [("expiry", "soon"), ("strike", "high"), ("option_type", ""), ("executed_at", 0), ("size", 0), ("id", "")]
)
def test_a_trade_that_lacks_what_it_needs_is_refused_by_the_field(field: str, value: object) -> None:
    _, sent = next((channel, sent) for channel, sent in spoken(minutes=1) if channel == "option_trades")
    (found,) = parse_messages(payload("all-option-trades", as_message("option_trades", sent | {field: value})), STAMPS)
    assert isinstance(found, Refused)


def test_a_topic_that_nobody_reads_is_refused() -> None:
    (found,) = parse_messages(payload("trade-reports", b"x"), STAMPS)
    assert isinstance(found, Refused)


@given(st.lists(st.binary(max_size=300)))
def test_messages_put_together_come_apart_again(values: list[bytes]) -> None:
    assert list(split(joined(values))) == values


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from(["all-option-trades", "flow-alerts"]))
def test_whatever_bytes_come_nothing_breaks(body: bytes, topic: str) -> None:
    """SCH-18"""
    parse_messages(Payload(ENDPOINT, body, NOW, {"topic": topic}), STAMPS)
    parse_messages(payload(topic, body), STAMPS)


def test_a_length_that_is_cut_off_is_said() -> None:
    with pytest.raises(Permanent):
        list(split(b"\x05abc"))
    with pytest.raises(Permanent):
        list(split(b"\x80"))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "KAFKA_GROUP"),
        ({"kafka_group": "ours", "kafka_topics": ("weather",)}, "weather"),
        ({"kafka_group": "ours"}, None),
    ],
)
def test_the_feed_says_what_it_lacks(told: dict[str, object], expected: str | None) -> None:
    vendor = UnusualWhalesSettings.model_validate({"delivery": "kafka"} | told)
    source = unusual_whales_stream(Settings(unusual_whales=vendor), ManualClock(NOW))
    assert source.unavailable is None if expected is None else expected in (source.unavailable or "")


def test_both_messages_are_declared() -> None:
    assert {kind.DESCRIPTOR.name for kind in (OptionTradeMessage, FlowAlertMessage)} == {"OptionTrade", "FlowAlert"}


async def test_a_broker_that_is_away_is_tried_again() -> None:
    vendor = UnusualWhalesSettings.model_validate(
        {"delivery": "kafka", "kafka_group": "ours", "kafka_servers": "127.0.0.1:1", "kafka_security": "PLAINTEXT"}
    )
    with pytest.raises(Retryable):
        async with open_kafka_stream(vendor, ManualClock(NOW), connect_seconds=0.2):
            pass


def test_the_password_is_told_to_the_broker_alone() -> None:
    told = {"kafka_group": "ours", "kafka_username": "me", "kafka_password": "hidden-word"}  # pragma: allowlist secret
    vendor = UnusualWhalesSettings.model_validate(told)
    configuration = consumer_configuration(vendor)
    assert (configuration["sasl.username"], configuration["sasl.password"], configuration["security.protocol"]) == ("me", "hidden-word", "SASL_SSL")
    assert "hidden-word" not in repr(vendor)
    assert "sasl.password" not in consumer_configuration(vendor.model_copy(update={"kafka_security": "PLAINTEXT"}))
