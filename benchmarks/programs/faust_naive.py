"""Trades to minute bars on Faust as in its manual: Record, agent, Table."""

import io
import json
import os
import struct
from typing import Any

import fastavro
import faust
from faust.serializers import codecs

MINUTE_US = 60_000_000
TRADE = fastavro.parse_schema(json.loads(os.environ["BENCH_TRADE_SCHEMA"]))
BAR = fastavro.parse_schema(json.loads(os.environ["BENCH_BAR_SCHEMA"]))
HEADER = struct.pack(">bI", 0, int(os.environ["BENCH_BAR_SCHEMA_ID"]))


class ConfluentAvro(codecs.Codec):
    """The trades' and the bars' wire format."""

    def _loads(self, data: bytes) -> Any:
        return fastavro.schemaless_reader(io.BytesIO(data[5:]), TRADE, None)

    def _dumps(self, record: Any) -> bytes:
        buffer = io.BytesIO()
        buffer.write(HEADER)
        fastavro.schemaless_writer(buffer, BAR, record)
        return buffer.getvalue()


codecs.register("confluent-avro", ConfluentAvro())


class Trade(faust.Record, serializer="confluent-avro"):
    symbol: str
    ts_event_ns: int
    sequence: int
    price: float
    size: int
    conditions: str | None = None


class OpenBar(faust.Record, serializer="json"):
    window_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    money: float
    trade_count: int


class Bar(faust.Record, serializer="confluent-avro"):
    symbol: str
    window_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float
    trade_count: int


app = faust.App(
    os.environ["BENCH_GROUP"],
    broker="kafka://" + os.environ["BENCH_BOOTSTRAP"],
    datadir=os.environ["BENCH_FOLDER"],
    store="memory://",
    topic_partitions=4,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
)
trades = app.topic(os.environ["BENCH_INPUT"], value_type=Trade, partitions=4)
bars = app.topic(os.environ["BENCH_OUTPUT"], value_type=Bar, partitions=4)
open_bars = app.Table("open-bars", value_type=OpenBar, partitions=4)
first = [True]


@app.agent(trades)
async def fold(stream: Any) -> None:
    async for trade in stream:
        if first:
            print("first_record", flush=True)
            first.clear()
        window = trade.ts_event_ns // 1000 // MINUTE_US * MINUTE_US
        bar = open_bars.get(trade.symbol)
        if bar is None or bar.window_start != window:
            if bar is not None:
                done = Bar(
                    trade.symbol, bar.window_start, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.money / bar.volume, bar.trade_count
                )
                await bars.send(key=trade.symbol.encode(), value=done)
            bar = OpenBar(window, trade.price, trade.price, trade.price, trade.price, 0.0, 0.0, 0)
        bar.high = max(bar.high, trade.price)
        bar.low = min(bar.low, trade.price)
        bar.close = trade.price
        bar.volume += trade.size
        bar.money += trade.price * trade.size
        bar.trade_count += 1
        open_bars[trade.symbol] = bar


if __name__ == "__main__":
    app.main()
