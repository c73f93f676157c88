"""Messages of Unusual Whales' Kafka topics as the records that the WebSocket's frames become: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from google.protobuf.message import Message

from infra.errors import Permanent
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales import parse_flow_alerts, parse_option_trades
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import RAW, records_of
from producers.unusual_whales.kafka_messages import FlowAlertMessage, OptionTradeMessage, fields_of, split
from producers.unusual_whales.models.field_types import PayloadModel
from producers.unusual_whales.models.websocket import FlowAlertsMessage, OptionTradesMessage
from schemas.instruments import UNDERLYING_OF_ROOT
from schemas.record import Record

ENDPOINT = "unusual-whales-kafka"
_THOUSANDTHS = 1_000
_LONGEST_STRIKE = 8


@dataclass(frozen=True, slots=True)
class _Topic:
    message: type[Message]
    model: type[PayloadModel]
    topic: str
    parse: Callable[[Any, Answer], Iterable[Record]]


_TOPICS: Mapping[str, _Topic] = {
    "all-option-trades": _Topic(OptionTradeMessage, OptionTradesMessage, parse_option_trades.TOPIC, parse_option_trades.stream_trade),
    "flow-alerts": _Topic(FlowAlertMessage, FlowAlertsMessage, parse_flow_alerts.TOPIC, parse_flow_alerts.stream_alert),
}
KNOWN = tuple(_TOPICS)
"""Topics of the vendor that we read."""


def parse_messages(payload: Payload, stamps: Stamps) -> list[Parsed | Refused]:
    """Return the records of one payload: messages of one topic, each with its length before it."""
    topic = payload.parameters.get("topic", "")
    if topic not in _TOPICS:
        return [Refused(RAW, payload.body, Permanent(f"expected the topic to be one of {', '.join(_TOPICS)}, found {topic}", "topic"))]
    own, answer = _TOPICS[topic], Answer(stamps)
    found: list[Parsed | Refused] = []
    try:
        for number, value in enumerate(split(payload.body)):
            try:
                fields = fields_of(own.message, value)
                if own.message is OptionTradeMessage:
                    _name_contract(fields)
                found += records_of(fields, own.model, own.parse, answer, own.topic, f"[{number}]")
            except Permanent as error:
                found.append(Refused(own.topic, value, error))
    except Permanent as error:
        found.append(Refused(RAW, payload.body, error))
    return found


def _name_contract(fields: dict[str, Any]) -> None:
    """Put in the contract's symbol, which this product leaves out: its root, expiry, kind and strike are there."""
    root, kind = fields["underlying_symbol"], fields["option_type"]
    fields["trade_code"] = None  # not sent
    try:
        expiry = date.fromisoformat(fields["expiry"])
        strike = round(float(fields["strike"]) * _THOUSANDTHS)
    except ValueError:
        fields["option_symbol"] = None
        return
    fields["option_symbol"] = f"{root}{expiry:%y%m%d}{kind[:1].upper()}{strike:0{_LONGEST_STRIKE}d}"
    fields["underlying_symbol"] = UNDERLYING_OF_ROOT.get(root, root)
