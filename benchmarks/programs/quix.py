"""Trades to minute bars on quixstreams: one stateful function."""

import io
import json
import os
import struct
from typing import Any

import fastavro
from quixstreams import Application, State

MINUTE_US = 60_000_000
TRADE = fastavro.parse_schema(json.loads(os.environ["BENCH_TRADE_SCHEMA"]))
BAR = fastavro.parse_schema(json.loads(os.environ["BENCH_BAR_SCHEMA"]))
HEADER = struct.pack(">bI", 0, int(os.environ["BENCH_BAR_SCHEMA_ID"]))
first = [True]


def fold(value: bytes, state: State) -> list[bytes]:
    if first:
        print("first_record", flush=True)
        first.clear()
    trade: Any = fastavro.schemaless_reader(io.BytesIO(value[5:]), TRADE, None)
    price, size = trade["price"], trade["size"]
    window = trade["ts_event_ns"] // 1000 // MINUTE_US * MINUTE_US
    bar = state.get("bar")
    if bar is not None and bar[0] == window:
        bar[2] = max(bar[2], price)
        bar[3] = min(bar[3], price)
        bar[4] = price
        bar[5] += size
        bar[6] += price * size
        bar[7] += 1
        state.set("bar", bar)
        return []
    state.set("bar", [window, price, price, price, price, size, price * size, 1])
    return [] if bar is None else [encoded(trade["symbol"], bar)]


def encoded(symbol: str, bar: list[Any]) -> bytes:
    buffer = io.BytesIO()
    buffer.write(HEADER)
    record = {
        "symbol": symbol, "window_start": bar[0], "open": bar[1], "high": bar[2], "low": bar[3], "close": bar[4],
        "volume": float(bar[5]), "vwap": bar[6] / bar[5], "trade_count": bar[7],
    }  # fmt: skip
    fastavro.schemaless_writer(buffer, BAR, record)
    return buffer.getvalue()


def main() -> None:
    app = Application(
        broker_address=os.environ["BENCH_BOOTSTRAP"],
        consumer_group=os.environ["BENCH_GROUP"],
        auto_offset_reset="earliest",
        state_dir=os.environ["BENCH_FOLDER"] + "/state",
        consumer_extra_config={"session.timeout.ms": 10_000, "queued.min.messages": 1_000_000, "fetch.queue.backoff.ms": 5, "fetch.wait.max.ms": 100},
        producer_extra_config={"partitioner": "murmur2_random", "linger.ms": float(os.environ.get("BENCH_LINGER_MS", "5"))},
    )
    trades = app.topic(os.environ["BENCH_INPUT"], value_deserializer="bytes", key_deserializer="bytes")
    bars = app.topic(os.environ["BENCH_OUTPUT"], value_serializer="bytes", key_serializer="bytes")
    stream = app.dataframe(trades)
    stream = stream.apply(fold, stateful=True, expand=True)
    stream.to_topic(bars)
    app.run()


main()
