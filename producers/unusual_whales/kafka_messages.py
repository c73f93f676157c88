"""The messages of Unusual Whales' own Kafka product, in protobuf: names, numbers and types as its .proto files have them.

proto3 does not send what is zero, false or empty: an empty text is a missing value, a zero count is zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from infra.errors import Permanent

_TEXT, _DOUBLE, _INT, _LONG, _FLAG = (
    FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_BOOL,
)  # fmt: skip
_TEXTS = -1  # a repeated string
_Fields = Mapping[int, tuple[str, int]]

_OPTION_TRADE: _Fields = {
    1: ("id", _TEXT), 2: ("underlying_symbol", _TEXT), 3: ("executed_at", _LONG), 4: ("nbbo_bid", _TEXT), 5: ("nbbo_ask", _TEXT),
    6: ("size", _INT), 7: ("price", _TEXT), 10: ("created_at", _LONG), 11: ("report_flags", _TEXTS), 12: ("tags", _TEXTS), 13: ("expiry", _TEXT),
    14: ("option_type", _TEXT), 15: ("open_interest", _INT), 16: ("strike", _TEXT), 17: ("premium", _TEXT), 19: ("volume", _LONG),
    20: ("underlying_price", _TEXT), 21: ("ewma_nbbo_ask", _TEXT), 22: ("ewma_nbbo_bid", _TEXT), 23: ("implied_volatility", _TEXT),
    24: ("delta", _TEXT), 25: ("theta", _TEXT), 26: ("gamma", _TEXT), 27: ("vega", _TEXT), 28: ("rho", _TEXT), 29: ("theo", _TEXT),
    32: ("exchange", _TEXT), 33: ("ask_vol", _LONG), 34: ("bid_vol", _LONG), 35: ("no_side_vol", _LONG), 36: ("mid_vol", _LONG),
    37: ("multi_vol", _LONG), 38: ("stock_multi_vol", _LONG), 39: ("option_symbol_id", _INT), 40: ("ticker_id", _INT), 41: ("root_ticker_id", _INT),
}  # fmt: skip
_FLOW_ALERT: _Fields = {
    1: ("rule_id", _TEXT), 2: ("ticker", _TEXT), 3: ("option_chain", _TEXT), 4: ("underlying_price", _DOUBLE), 5: ("volume", _LONG),
    6: ("total_size", _INT), 7: ("total_premium", _DOUBLE), 8: ("total_ask_side_prem", _DOUBLE), 9: ("total_bid_side_prem", _DOUBLE),
    10: ("start_time", _LONG), 11: ("end_time", _LONG), 13: ("price", _DOUBLE), 14: ("has_multileg", _FLAG), 15: ("has_sweep", _FLAG),
    16: ("has_floor", _FLAG), 17: ("open_interest", _INT), 18: ("all_opening_trades", _FLAG), 19: ("id", _TEXT), 20: ("has_singleleg", _FLAG),
    21: ("volume_oi_ratio", _DOUBLE), 22: ("trade_ids", _TEXTS), 23: ("trade_count", _INT), 24: ("expiry_count", _INT), 25: ("executed_at", _LONG),
    26: ("ask_vol", _LONG), 27: ("bid_vol", _LONG), 28: ("no_side_vol", _LONG), 29: ("mid_vol", _LONG), 30: ("multi_vol", _LONG),
    31: ("stock_multi_vol", _LONG), 32: ("upstream_condition_details", _TEXTS), 33: ("exchanges", _TEXTS), 34: ("bid", _TEXT), 35: ("ask", _TEXT),
}  # fmt: skip
_VARINT_BITS = 7
_LONGEST_VARINT = 5


def _declared(messages: Mapping[str, _Fields]) -> dict[str, type[Message]]:
    file = descriptor_pb2.FileDescriptorProto(name="unusual_whales.proto", syntax="proto3", package="unusual_whales")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in fields.items():
            is_many = kind == _TEXTS
            label = FieldDescriptor.LABEL_REPEATED if is_many else FieldDescriptor.LABEL_OPTIONAL
            message.field.add(name=field, number=number, type=_TEXT if is_many else kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"unusual_whales.{name}")) for name in messages}


_CLASSES = _declared({"OptionTrade": _OPTION_TRADE, "FlowAlert": _FLOW_ALERT})
OptionTradeMessage, FlowAlertMessage = _CLASSES["OptionTrade"], _CLASSES["FlowAlert"]
_FIELDS = {
    OptionTradeMessage: tuple(name for name, _ in _OPTION_TRADE.values()),
    FlowAlertMessage: tuple(name for name, _ in _FLOW_ALERT.values()),
}
_ALWAYS_ABOVE_ZERO = frozenset({"underlying_price"})


def fields_of(kind: type[Message], value: bytes) -> dict[str, Any]:
    """Return a message's fields under their names, as the WebSocket would send them.

    Raises
    ------
    Permanent
        If the bytes are no such message.
    """
    message = kind()
    try:
        message.ParseFromString(value)
    except DecodeError as error:
        raise Permanent(f"expected a protobuf {kind.DESCRIPTOR.name}, found {value[:40]!r}: {error}", "") from None
    found: dict[str, Any] = {}
    for name in _FIELDS[kind]:
        field = getattr(message, name)
        if not isinstance(field, (str, int, float)):
            field = list(field)
        elif name in _ALWAYS_ABOVE_ZERO and not field:
            field = None  # not sent: an index has no price
        found[name] = field
    return found


def joined(values: Iterable[bytes]) -> bytes:
    """Return messages one after the other, each with its length before it, as protobuf's own tools write streams of them."""
    return b"".join(_length(value) + value for value in values)


def split(body: bytes) -> Iterator[bytes]:
    """Yield the messages of `joined`; raises `Permanent` when they are cut off."""
    at = 0
    while at < len(body):
        size = shift = 0
        while True:
            if at >= len(body) or shift >= _LONGEST_VARINT * _VARINT_BITS:
                raise Permanent("expected the length of a message, found the end", "")
            byte = body[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += _VARINT_BITS
            if byte < 0x80:
                break
        if at + size > len(body):
            raise Permanent(f"expected a message of {size} bytes, found {len(body) - at}", "")
        yield body[at : at + size]
        at += size


def _length(value: bytes) -> bytes:
    size, out = len(value), bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= _VARINT_BITS
    out.append(size)
    return bytes(out)
