"""Frames of the WebSocket, ``[channel, payload]``, as canonical records: pure. Channels may name a ticker: ``gex:SPY``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.errors import Permanent
from producers.source import Parsed, Refused, Stamps
from producers.unusual_whales import (
    parse_darkpool,
    parse_exposures,
    parse_flow_alerts,
    parse_news,
    parse_option_flow,
    parse_option_trades,
    parse_tide,
)
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.body import fitted, read, written
from producers.unusual_whales.endpoint_parser import RAW, records_of
from producers.unusual_whales.misfit import shown
from producers.unusual_whales.models.websocket import MESSAGES
from schemas.record import Record
from schemas.records import Licence

_PAYLOAD = "[1]"


@dataclass(frozen=True, slots=True)
class Joined:
    """The vendor's answer to a join.

    Attributes
    ----------
    detail
        What it says beside the status, as text; empty for a plain yes.
    """

    channel: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Channel:
    topic: str
    parse: Callable[[Any, Answer], Iterable[Record]]


_CHANNELS: Mapping[str, _Channel] = {
    "option_trades": _Channel(parse_option_trades.TOPIC, parse_option_trades.stream_trade),
    "flow-alerts": _Channel(parse_flow_alerts.TOPIC, parse_flow_alerts.stream_alert),
    "gex": _Channel(parse_exposures.TOPIC, parse_exposures.stream_total),
    "gex_strike": _Channel(parse_exposures.TOPIC, parse_exposures.stream_strike),
    "gex_strike_expiry": _Channel(parse_exposures.TOPIC, parse_exposures.stream_strike_and_expiry),
    "net_flow": _Channel("options.net-premium", parse_option_flow.stream_net_premium),
    "market_tide": _Channel(parse_tide.TOPIC, parse_tide.stream_tide),
    "off_lit_trades": _Channel(parse_darkpool.PRINTS, parse_darkpool.stream_print),
    "news": _Channel(parse_news.TOPIC, parse_news.stream_headline),
    "trading_halts": _Channel("market.halts", parse_news.stream_halt),
}
TOPICS = tuple(dict.fromkeys(channel.topic for channel in _CHANNELS.values()))
"""What the frames can become."""


def parse_frames(body: bytes, stamps: Stamps, licence: Licence = Licence.INTERNAL) -> list[Parsed | Refused | Joined]:
    """Return what the frames of a payload are, one a line: a frame's own line breaks are escaped, it is JSON."""
    answer = Answer(stamps, licence)
    return [item for frame in body.split(b"\n") for item in _parsed(frame, answer)]


def parse_frame(body: bytes, stamps: Stamps, licence: Licence = Licence.INTERNAL) -> Sequence[Parsed | Refused | Joined]:
    """Return what a frame is: records, a join's answer, or what did not fit. A known channel without records of its own gives none."""
    return _parsed(body, Answer(stamps, licence))


def _parsed(body: bytes, answer: Answer) -> Sequence[Parsed | Refused | Joined]:
    try:
        frame = read(body)
        if type(frame) is not list or len(frame) != 2 or type(frame[0]) is not str:
            raise Permanent(f"expected [channel, payload], found {shown(frame)}", "")
    except Permanent as error:
        return [Refused(RAW, body, error)]
    channel, payload = frame
    kind = channel.partition(":")[0]
    if type(payload) is dict and "status" in payload and "response" in payload:
        return [_joined(channel, payload)]
    model, own = MESSAGES.get(kind), _CHANNELS.get(kind)
    topic = RAW if own is None else own.topic
    try:
        if model is None:
            raise Permanent(f"field [0]: expected one of {', '.join(MESSAGES)}, found {shown(channel)}", "[0]")
        if own is None:
            fitted(payload, model, _PAYLOAD)
            return []
        return records_of(payload, model, own.parse, answer, topic, _PAYLOAD)
    except Permanent as error:
        return [Refused(topic, written(frame), error)]


def _joined(channel: str, answer: Mapping[str, Any]) -> Joined:
    status, response = answer["status"], answer["response"]
    return Joined(channel, status == "ok", "" if status == "ok" and not response else f"{shown(status)}: {shown(response)}")
