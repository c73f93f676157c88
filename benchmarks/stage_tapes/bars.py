"""stage.regime: bars of a morning, a minute bar with the second bars in it. stage.history_bars: the race's tape, every bar compared with pandas."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from benchmarks.arena import BARS, TRADES, Arena
from benchmarks.checker import check
from benchmarks.flow import flow_of_tape
from benchmarks.market_tape import make_tape
from benchmarks.stage_tape import Making, StageTape, stage_tape
from benchmarks.timed_flow import TimedFlow, timed_flow
from benchmarks.truth import right_bars
from benchmarks.whole_market.size import START_US, MarketSize
from infra.clock import MICROSECONDS
from infra.kafka.whole_topic import read_whole
from schemas import catalog
from schemas.records import Bar, Resolution

_SYMBOLS, _MINUTES, _SECOND_BARS = 400, 90, 12
_TRADES, _TRADES_A_SECOND = 5_000_000, 5_000
_MINUTE_US = 60 * MICROSECONDS


@stage_tape("regime")
def regime(making: Making) -> StageTape:
    symbols, minutes = max(round(_SYMBOLS * sqrt(making.scale)), 4), max(round(_MINUTES * sqrt(making.scale)), 35)
    random = np.random.Generator(np.random.PCG64(7))
    price = random.uniform(5.0, 500.0, symbols)
    bars, names = list[Bar](), list[Any]()
    for minute in range(minutes):
        start = START_US + minute * _MINUTE_US
        for number in range(_SECOND_BARS):
            second = start + number * (60 // _SECOND_BARS) * MICROSECONDS
            price *= 1 + random.normal(0.0, 0.0004, symbols)
            bars += [_bar(code, Resolution.S1, second, MICROSECONDS, value) for code, value in enumerate(price.tolist())]
            names += [None] * symbols
        bars += [_bar(code, Resolution.M1, start, _MINUTE_US, value) for code, value in enumerate(price.tolist())]
        names += [(f"BAR{code:03}", start + _MINUTE_US) for code in range(symbols)]
    rate = MarketSize().symbols / symbols * len(bars) / (minutes * 60)
    flow = timed_flow("derived.bars", making.codecs.of("derived.bars"), bars, START_US, names)
    return StageTape({"derived.bars": flow}, rate, "derived.bars", lambda _, record: (record.symbol, record.window_end))


def _bar(code: int, resolution: Resolution, start: int, length: int, close: float) -> Bar:
    end = start + length
    return Bar(
        symbol=f"BAR{code:03}", resolution=resolution, window_start=start, window_end=end, open=close, high=close * 1.0004, low=close * 0.9996,
        close=close, volume=1_000.0, vwap=close, trade_count=10, source="tapewire", ts_event=end + 2 * MICROSECONDS,
    )  # fmt: skip


@stage_tape("history_bars")
def history_bars(making: Making) -> StageTape:
    tape = make_tape(max(round(_TRADES * making.scale), 20_000))
    truth = right_bars(tape)
    names: list[Any] = [None] * len(tape)
    closing = truth.loc[truth["closing_row"] >= 0, "closing_row"]
    for key, row in closing.items():
        names[int(row)] = key
    flow = TimedFlow(flow_of_tape(tape, making.codecs.of(TRADES).schema_id), np.arange(len(tape)) / _TRADES_A_SECOND, names)

    def fault(place: Arena) -> str:
        codec = place.codecs.of(BARS)
        bars = [codec.decode(message.value() or b"").as_avro() for message in read_whole(place.settings.kafka, catalog.topic(BARS))]
        verdict = check(bars, truth)
        return "" if verdict.is_right else str(verdict)

    return StageTape({TRADES: flow}, None, TRADES, lambda _, record: (record.symbol, record.window_start), fault)
