"""The tape's trades as framed Confluent Avro, many at once."""

from __future__ import annotations

import struct

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.market_tape import CONDITIONS, MarketTape
from schemas import catalog
from schemas.avro_schemas import resolved

FIELDS = ("symbol", "ts_event_ns", "sequence", "price", "size", "conditions")


def encode(tape: MarketTape, schema_id: int, first: int, last: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return trades ``first`` to ``last`` of the tape in one buffer, and where each ends.

    Raises
    ------
    ValueError
        If the topic's schema no longer has the fields that are written here.
    """
    found = tuple(field["name"] for field in resolved(catalog.topic("history.trades").record)["fields"])
    if found != FIELDS:
        raise ValueError(f"expected history.trades to have the fields {', '.join(FIELDS)}; found {', '.join(found)}")
    texts, spans = _dictionary(tape.symbols)
    conditions, condition_spans = _dictionary(CONDITIONS)
    header = np.frombuffer(struct.pack(">bI", 0, schema_id), np.uint8)
    part = slice(first, last)
    columns = tape.symbol[part], tape.ts_event_ns[part], tape.sequence[part], tape.price[part], tape.size[part], tape.condition[part]
    buffer = np.empty((last - first) * 72, np.uint8)
    ends = np.empty(last - first, np.int64)
    used = _encode(*columns, texts, spans, conditions, condition_spans, header, buffer, ends)
    return buffer[:used], ends


def _dictionary(words: tuple[str, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    encoded = [word.encode() for word in words]
    return np.frombuffer(b"".join(encoded) or b"\0", np.uint8), np.concatenate(([0], np.cumsum([len(word) for word in encoded])))


@numba.njit(cache=True)
def put_long(out, at, number):  # type: ignore[no-untyped-def]
    """Write a zigzag variable-length number; return where the next byte goes."""
    rest = np.uint64((number << 1) ^ (number >> 63))
    while rest >= np.uint64(128):
        out[at] = np.uint8((rest & np.uint64(127)) | np.uint64(128))
        rest >>= np.uint64(7)
        at += 1
    out[at] = np.uint8(rest)
    return at + 1


@numba.njit(cache=True)
def _encode(symbol, ts, sequence, price, size, condition, texts, spans, conditions, condition_spans, header, out, ends):  # type: ignore[no-untyped-def]
    bits = price.view(np.uint64)
    at = 0
    for row in range(len(symbol)):
        for byte in header:
            out[at] = byte
            at += 1
        start, end = spans[symbol[row]], spans[symbol[row] + 1]
        at = put_long(out, at, end - start)
        for place in range(start, end):
            out[at] = texts[place]
            at += 1
        at = put_long(out, at, ts[row])
        at = put_long(out, at, sequence[row])
        for shift in range(0, 64, 8):
            out[at] = np.uint8((bits[row] >> np.uint64(shift)) & np.uint64(255))
            at += 1
        at = put_long(out, at, size[row])
        if condition[row] == 0:
            out[at] = 0
            at += 1
        else:
            out[at] = 2
            at += 1
            start, end = condition_spans[condition[row]], condition_spans[condition[row] + 1]
            at = put_long(out, at, end - start)
            for place in range(start, end):
                out[at] = conditions[place]
                at += 1
        ends[row] = at
    return at
