"""The symbol chart and the lateness chart."""

from datetime import datetime
from itertools import pairwise

from dashboards.charts import SymbolChart, lateness_chart, symbol_chart
from infra.palette import BACKGROUND
from schemas.records import Bar, Box, BoxState, DepthLabel, Features, Resolution, SetupEvent, SetupState, Side

MINUTE = 60_000_000
OPEN = 1_586_957_400_000_000  # 2020-04-15 09:30 New York


def bar(place: int, close: float) -> Bar:
    start = OPEN + place * MINUTE
    return Bar(
        symbol="BCRX", resolution=Resolution.M1, window_start=start, window_end=start + MINUTE, open=close - 0.01, high=close + 0.02,
        low=close - 0.02, close=close, volume=1_000.0, vwap=close, trade_count=9, source="tapewire", ts_event=start + MINUTE,
    )  # fmt: skip


BARS = [bar(place, 6.35 + place * 0.005) for place in range(30)]
FEATURES = [
    Features(
        symbol="BCRX", resolution=Resolution.M1, window_end=entry.window_end, ts_event=entry.ts_event, bar_count=1, close=entry.close, range_bps=1.0,
        day_high=7.0, day_low=6.0, session_vwap=6.3,
    )
    for entry in BARS
]  # fmt: skip
BOX = Box(
    symbol="BCRX", box_id="b", resolution=Resolution.M1, state=BoxState.BROKEN_UP, ts_event=OPEN, window_start=OPEN + 2 * MINUTE,
    window_end=OPEN + 20 * MINUTE, bar_count=18, high=6.42, low=6.31, range_bps=170.0, touches_high=3, touches_low=3,
)  # fmt: skip
ARMED = SetupEvent(
    event_id="e", setup_id="s", sequence=0, strategy="box-break-retest", symbol="BCRX", side=Side.LONG, state=SetupState.ARMED,
    ts_event=OPEN + 12 * MINUTE, expires_at=OPEN + 72 * MINUTE, box_id="b", box_resolution=Resolution.M1, box_high=6.42, box_low=6.31,
    trigger_price=6.42, stop_price=6.30, targets=(6.64, 6.86), depth_label=DepthLabel.NONE, reasons=(),
)  # fmt: skip


def primed(sequence: int) -> SetupEvent:
    values = ARMED.as_avro() | {"sequence": sequence, "previous_state": "ARMED", "state": "PRIMED", "ts_event": OPEN + 21 * MINUTE}
    return SetupEvent.from_avro(values)


def test_the_box_is_drawn_at_its_edges_in_exchange_time() -> None:
    figure = symbol_chart(SymbolChart(BARS, FEATURES, [BOX], [ARMED, primed(1)], OPEN + 30 * MINUTE), height=520)
    [box] = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (box.y0, box.y1) == (6.31, 6.42)
    assert (box.x0, box.x1) == (datetime(2020, 4, 15, 9, 32), datetime(2020, 4, 15, 9, 50))


def test_break_levels_vwap_and_volume_are_there() -> None:
    figure = symbol_chart(SymbolChart(BARS, FEATURES, [BOX], [ARMED, primed(1)], OPEN + 30 * MINUTE), height=520)
    texts = {annotation.text for annotation in figure.layout.annotations}
    assert {"break", "trigger 6.42", "stop 6.30", "T1 6.64", "VWAP 6.30", "last 6.49"} <= texts
    assert [trace.type for trace in figure.data] == ["candlestick", "scatter", "bar"]
    assert figure.layout.template.layout.plot_bgcolor == BACKGROUND


def test_the_bands_begin_anew_with_each_session_and_the_extremes_where_they_were_traded() -> None:
    """BAR-10: a VWAP and its bands for pre-market, another from 09:30 on; the high of the day is a line from its second on."""
    early = [bar(place, 6.35) for place in range(-5, 0)]
    told = [
        Features.from_avro(
            FEATURES[0].as_avro() | {"window_end": entry.window_end, "vwap_sigma": 0.05, "day_high": 6.4, "day_high_at": OPEN + 30_000_000}
        )
        for entry in (*early, *BARS)
    ]
    figure = symbol_chart(SymbolChart([*early, *BARS], told, (), (), OPEN + 30 * MINUTE), height=520)
    lines = [(trace.name, len(trace.x)) for trace in figure.data if trace.type == "scatter"]
    bands = ("VWAP +2σ", "VWAP -2σ", "VWAP +1σ", "VWAP -1σ", "VWAP")
    assert lines == [(name, count) for count in (5, 30) for name in bands]
    assert figure.data[1].y[0] == 6.3 + 2 * 0.05
    [high] = [shape for shape in figure.layout.shapes if shape.y0 == 6.4]
    assert (high.x0, high.y1) == (datetime(2020, 4, 15, 9, 30, 30), 6.4)
    texts = {annotation.text for annotation in figure.layout.annotations}
    assert {"HOD 6.40 at 09:30", "+2σ", "-2σ", "VWAP 6.30"} <= texts


def test_names_of_levels_do_not_cover_each_other() -> None:
    figure = symbol_chart(SymbolChart(BARS, FEATURES, [BOX], [ARMED, primed(1)], OPEN + 30 * MINUTE), height=520)
    places = sorted(annotation.y for annotation in figure.layout.annotations if annotation.xref == "paper" and annotation.x == 1)
    low, high = figure.layout.yaxis.range
    pixels = [(upper - lower) / (high - low) * 520 * 0.75 for lower, upper in pairwise(places)]
    assert min(pixels) >= 13.9


def test_a_symbol_without_a_setup_is_a_plain_chart() -> None:
    figure = symbol_chart(SymbolChart(BARS, (), (), (), OPEN + 30 * MINUTE), height=520)
    assert not figure.layout.shapes
    assert [annotation.text for annotation in figure.layout.annotations] == ["last 6.49"]


def test_a_target_far_away_does_not_flatten_the_candles() -> None:
    far = SetupEvent.from_avro(ARMED.as_avro() | {"targets": [6.64, 60.0]})
    figure = symbol_chart(SymbolChart(BARS, FEATURES, [BOX], [far], OPEN + 30 * MINUTE), height=520)
    assert figure.layout.yaxis.range[1] < 7


def test_lateness_shows_the_promise_at_zero() -> None:
    figure = lateness_chart({"Premium": [0.1, 0.2], "Basic": [0.4]}, height=200)
    assert [shape.x0 for shape in figure.layout.shapes] == [0]
    assert figure.layout.xaxis.range[0] < 0 < figure.layout.xaxis.range[1]
    assert {trace.name for trace in figure.data} == {"Premium", "Basic"}
