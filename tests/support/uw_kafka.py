"""The vendor's side of Unusual Whales' Kafka product: what the simulated day says on its channels, as messages on a topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from google.protobuf import json_format

from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_market import OptionMarket
from producers.unusual_whales.kafka_messages import FlowAlertMessage, OptionTradeMessage

TOPICS = {"option_trades": ("all-option-trades", OptionTradeMessage), "flow-alerts": ("flow-alerts", FlowAlertMessage)}
DAY = date(2025, 6, 3)


def spoken(minutes: int, seed: int = 7) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield channel and payload of every trade and alert of the day's first minutes."""
    market = OptionMarket(Scenario(DAY, seed), seed)
    opens = market.underlyings["SPY"].open_ms
    for entry in said(market, set(TOPICS), opens, opens + minutes * 60_000):
        yield entry.channel.partition(":")[0], entry.payload


def as_message(channel: str, payload: dict[str, Any]) -> bytes:
    """Return a channel's payload as the message that the Kafka product sends of it."""
    _, kind = TOPICS[channel]
    known = {field.name for field in kind.DESCRIPTOR.fields}
    message = json_format.ParseDict({name: value for name, value in payload.items() if name in known and value is not None}, kind())
    return bytes(message.SerializeToString())
