"""Trades to minute bars, by hand: confluent-kafka, fastavro, a dict."""

import io
import json
import os
import signal
import struct
from typing import Any

import fastavro
from confluent_kafka import Consumer, Producer

MINUTE_US = 60_000_000


def main() -> None:
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    trade_schema = fastavro.parse_schema(json.loads(os.environ["BENCH_TRADE_SCHEMA"]))
    bar_schema = fastavro.parse_schema(json.loads(os.environ["BENCH_BAR_SCHEMA"]))
    header = struct.pack(">bI", 0, int(os.environ["BENCH_BAR_SCHEMA_ID"]))
    output = os.environ["BENCH_OUTPUT"]
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["BENCH_BOOTSTRAP"],
            "group.id": os.environ["BENCH_GROUP"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": True,
            "session.timeout.ms": 10_000,
            "fetch.wait.max.ms": 100,
            "queued.min.messages": 1_000_000,
            "fetch.queue.backoff.ms": 5,  # by default it stops fetching for a second whenever the queue is full: half the speed
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": os.environ["BENCH_BOOTSTRAP"],
            "partitioner": "murmur2_random",
            "linger.ms": float(os.environ.get("BENCH_LINGER_MS", "5")),
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    consumer.subscribe([os.environ["BENCH_INPUT"]])
    states: dict[str, list[Any]] = {}
    wait, most = float(os.environ.get("BENCH_POLL_SECONDS", "0.05")), int(os.environ.get("BENCH_POLL_RECORDS", "1000"))
    read: Any = fastavro.schemaless_reader
    write: Any = fastavro.schemaless_writer
    first = True
    while running:
        for message in consumer.consume(most, wait):
            if message.error() is not None:
                continue
            if first:
                print("first_record", flush=True)
                first = False
            trade = read(io.BytesIO(message.value()[5:]), trade_schema, None)
            symbol, price, size = trade["symbol"], trade["price"], trade["size"]
            window = trade["ts_event_ns"] // 1000 // MINUTE_US * MINUTE_US
            state = states.get(symbol)
            if state is not None and state[0] == window:
                if price > state[2]:
                    state[2] = price
                elif price < state[3]:
                    state[3] = price
                state[4] = price
                state[5] += size
                state[6] += price * size
                state[7] += 1
                continue
            if state is not None:
                buffer = io.BytesIO()
                buffer.write(header)
                bar = {
                    "symbol": symbol, "window_start": state[0], "open": state[1], "high": state[2], "low": state[3], "close": state[4],
                    "volume": float(state[5]), "vwap": state[6] / state[5], "trade_count": state[7],
                }  # fmt: skip
                write(buffer, bar_schema, bar)
                producer.produce(output, key=symbol.encode(), value=buffer.getvalue())
            states[symbol] = [window, price, price, price, price, size, price * size, 1]
        producer.poll(0)
    producer.flush()
    consumer.close()


main()
