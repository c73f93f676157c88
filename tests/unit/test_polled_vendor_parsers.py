"""Parsers of the polled vendors: published samples, captured bodies, and what must not pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Permanent
from infra.plugins import load_all
from producers.polled_bar import day_window
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import Bar, EarningsReport, Gapper, ReportTime, VolatilityMeasure
from tests.support.rest_catalogs import at

load_all("producers")
NOW = at("12:00")
STAMPS = Stamps(NOW, NOW + 5, NOW + 60_000_000)
EPOCH = date(1970, 1, 1)
SERIES = {"2026-11-18 11:58:00": {"1. open": "86.49", "2. high": "86.50", "3. low": "86.475", "4. close": "86.50", "5. volume": "10494"}}
ZONE = {"6. Time Zone": "US/Eastern"}


def parse(name: str, body: object, **parameters: str) -> list[Parsed | Refused]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(transforms()[name](Payload("/any", raw, NOW, parameters), STAMPS, {}))


def records(found: list[Parsed | Refused]) -> list[Any]:
    assert all(isinstance(one, Parsed) for one in found), found
    return [one.record for one in found if isinstance(one, Parsed)]


def test_alpha_vantage_minutes_are_new_yorks_and_the_running_one_is_left_out() -> None:
    """The vendor's documented body; the minute that begins now is not over."""
    running = {"2026-11-18 12:00:00": SERIES["2026-11-18 11:58:00"]}
    [bar] = records(parse("alpha_vantage_minutes", {"Meta Data": ZONE, "Time Series (1min)": running | SERIES}, symbol="MSFT"))
    assert isinstance(bar, Bar) and bar.symbol == "MSFT" and bar.source == "alpha_vantage"
    assert (bar.window_start, bar.window_end) == (at("11:58"), at("11:59")) and bar.ts_event == at("11:59")
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap) == (86.49, 86.5, 86.475, 86.5, 10494, None)


def test_a_summer_minute_has_the_summers_offset() -> None:
    series = {"2026-07-01 09:30:00": SERIES["2026-11-18 11:58:00"]}
    [bar] = records(parse("alpha_vantage_minutes", {"Meta Data": ZONE, "Time Series (1min)": series}, symbol="MSFT"))
    assert bar.window_start == at("09:30", date(2026, 7, 1))


def test_a_day_bar_has_the_window_of_our_own_and_comes_when_it_is_over() -> None:
    days = {"2026-11-18": SERIES["2026-11-18 11:58:00"], "2026-11-17": SERIES["2026-11-18 11:58:00"]}
    [bar] = records(parse("alpha_vantage_days", {"Meta Data": {"5. Time Zone": "US/Eastern"}, "Time Series (Daily)": days}, symbol="MSFT"))
    evening_before, evening = at("20:00", date(2026, 11, 16)), at("20:00", date(2026, 11, 17))
    assert (bar.window_start, bar.window_end) == day_window(date(2026, 11, 17)) == (evening_before, evening)


def test_twelve_data_is_utc_and_yahoo_leaves_out_what_is_no_bar() -> None:
    values = [{"datetime": "2026-11-18 16:58:00", "open": "148.372", "high": "148.405", "low": "148.365", "close": "148.390", "volume": "2206"}]
    body = {"meta": {"symbol": "AAPL", "interval": "1min"}, "values": values, "status": "ok"}
    [bar] = records(parse("twelve_data_minutes", body, symbol="AAPL", timezone="UTC"))
    assert bar.window_start == at("11:58") and bar.volume == 2206
    with pytest.raises(Permanent, match="timezone"):
        parse("twelve_data_minutes", body, symbol="AAPL")
    second = at("11:57") // 1_000_000
    quote = {"open": [1.0, None, 2.0], "high": [1.5, None, 2.0], "low": [0.5, None, 2.0], "close": [1.2, None, 2.0], "volume": [10, None, 0]}
    chart = {"timestamp": [second, second + 60, second + 95], "indicators": {"quote": [quote]}}
    [bar] = records(parse("yahoo_minutes", {"chart": {"result": [chart], "error": None}}, ticker="AAPL"))
    assert bar.window_start == at("11:57") and bar.volume == 10, "the silent minute and the last price are no bars"


def test_earnings_of_every_calendar() -> None:
    """One company's report in each vendor's shape."""
    told = {
        "alpha_vantage_earnings": (
            b"symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay\r\n"
            b"NVDA,Nvidia,2026-11-18,2026-10-31,1.25,USD,post-market\r\n", {}),
        "yahoo_earnings": ({"finance": {"result": {"earnings": [{"records": [
            {"ticker": "NVDA", "startDateTime": at("16:20") // 1_000, "startDateTimeType": "AMC", "epsEstimate": 1.25, "epsActual": None},
            {"ticker": "005930.KS", "startDateTime": at("16:20") // 1_000, "startDateTimeType": "TAS"},
        ]}]}, "error": None}}, {}),
        "nasdaq_earnings": ({"data": {"rows": [
            {"time": "time-after-hours", "symbol": "NVDA", "fiscalQuarterEnding": "Oct/2026", "epsForecast": "$1.25", "noOfEsts": "3"}
        ]}, "status": {"rCode": 200}}, {"date": "2026-11-18"}),
        "fmp_earnings": ([
            {"symbol": "NVDA", "date": "2026-11-18", "epsActual": None, "epsEstimated": 1.25}, {"symbol": "MEC.L", "date": "2026-11-18"}
        ], {}),
        "finnhub_earnings": ({"earningsCalendar": [
            {"date": "2026-11-18", "epsActual": None, "epsEstimate": 1.25, "hour": "amc", "symbol": "NVDA"}
        ]}, {}),
    }  # fmt: skip
    for name, (body, parameters) in told.items():
        [report] = records(parse(name, body, **parameters))
        assert isinstance(report, EarningsReport), name
        told_by_all = (report.symbol, report.report_date, report.eps_estimate, report.eps_actual)
        assert told_by_all == ("NVDA", (date(2026, 11, 18) - EPOCH).days, 1.25, None), name
        assert report.report_time is (ReportTime.UNKNOWN if name == "fmp_earnings" else ReportTime.POSTMARKET), name
        tells_quarter = name in ("alpha_vantage_earnings", "nasdaq_earnings")
        assert report.fiscal_quarter_end == ((date(2026, 10, 31) - EPOCH).days if tells_quarter else None), name


@pytest.mark.parametrize(("text", "value"), [("$1.34", 1.34), ("($0.12)", -0.12), ("N/A", None), ("", None), ("$1,234.50", 1234.5)])
def test_money_as_nasdaq_writes_it(text: str, value: float | None) -> None:
    body = {"data": {"rows": [{"symbol": "NVDA", "epsForecast": text}]}}
    [report] = records(parse("nasdaq_earnings", body, date="2026-11-18"))
    assert report.eps_estimate == value


def test_movers_and_quotes_are_gappers_and_an_unknown_volume_is_null() -> None:
    mover = {"ticker": "ACRX", "price": "8.63", "change_amount": "2.51", "change_percentage": "41.0%", "volume": "1203400"}
    body = {"last_updated": "2026-11-18 09:05:00 US/Eastern", "top_gainers": [mover], "top_losers": []}
    [gapper] = records(parse("alpha_vantage_movers", body))
    assert isinstance(gapper, Gapper) and gapper.ts_event == at("09:05") and gapper.volume == 1_203_400
    assert gapper.previous_close == pytest.approx(6.12) and gapper.gap_percent == pytest.approx((8.63 / 6.12 - 1) * 100)
    row = {"symbol": "BSET", "datetime": "2026-11-18T14:05:00Z", "last": 17.25, "change": 3.31, "volume": 108297, "percent_change": 23.74462}
    [gapper] = records(parse("twelve_data_movers", {"values": [row], "status": "ok"}))
    assert gapper.gap_percent == pytest.approx(23.74462, rel=1e-4) and gapper.ts_event == at("09:05")
    quote = {"c": 261.74, "d": 2.29, "dp": 0.88, "h": 263.31, "l": 260.68, "o": 261.07, "pc": 259.45, "t": 1582641000}
    [gapper] = records(parse("finnhub_quote", quote, symbol="AAPL"))
    assert gapper.volume is None and gapper.gap_percent == pytest.approx(0.8826, rel=1e-3)
    with pytest.raises(Permanent, match="unknown symbol"):
        parse("finnhub_quote", {"c": 0, "d": None, "dp": None, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0}, symbol="NOPE")


def test_series_and_calendar() -> None:
    told, holiday = {"realtime_start": "2026-11-17", "date": "2026-11-16", "value": "4.12"}, {"realtime_start": "2026-11-12", "date": "2026-11-11"}
    rows = [told, holiday | {"value": "."}]
    [figure] = records(parse("fred_series", {"observations": rows}, series_id="DGS10"))
    assert (figure.series_id, figure.value, figure.published_date - figure.observation_date) == ("DGS10", 4.12, 1)
    told = [*records(parse("fred_series", {"observations": rows}, series_id="VIXCLS"))]
    assert [(record.symbol, record.measure, record.implied_volatility) for record in told[1:]] == [
        (symbol, VolatilityMeasure.VOLATILITY_INDEX, pytest.approx(0.0412)) for symbol in ("SPX", "SPY")
    ]  # fmt: skip
    assert {record.session_date for record in told[1:]} == {told[0].observation_date}
    row = {"CalendarId": "360123", "Date": "2026-12-10T13:30:00", "Country": "United States", "Event": "Inflation Rate MoM", "Reference": "Nov",
           "Actual": "", "Previous": "0.2%", "Forecast": None, "TEForecast": "0.4%", "DateSpan": "0", "Importance": 3}  # fmt: skip
    [event] = records(parse("trading_economics_calendar", [row, row | {"CalendarId": "1", "Country": "Sweden"}]))
    assert event.ts_event == at("08:30", date(2026, 12, 10)) and (event.actual, event.previous, event.forecast) == (None, "0.2%", None)
    assert (event.country, event.kind, event.importance.value) == ("US", "report", "HIGH")


@pytest.mark.parametrize(("name", "body", "parameters", "path"), [
    ("alpha_vantage_minutes", {"Meta Data": {}, "Time Series (1min)": SERIES}, {"symbol": "A"}, "Meta Data.6. Time Zone"),
    ("alpha_vantage_minutes", {"Meta Data": ZONE}, {"symbol": "A"}, "Time Series (1min)"),
    ("twelve_data_minutes", {"status": "ok"}, {"symbol": "A", "timezone": "UTC"}, "values"),
    ("yahoo_minutes", {"chart": {"result": None}}, {"ticker": "A"}, "chart.result"),
    ("yahoo_earnings", {"finance": {}}, {}, "finance.result.earnings"),
    ("nasdaq_earnings", {"data": None}, {"date": "2026-11-18"}, "data.rows"),
    ("fmp_earnings", {"a": 1}, {}, ""),
    ("alpha_vantage_earnings", b"<html>", {}, ""),
    ("fred_series", {"observations": 1}, {"series_id": "A"}, "observations"),
])  # fmt: skip
def test_an_answer_of_another_shape_is_refused_with_its_field(name: str, body: object, parameters: Mapping[str, str], path: str) -> None:
    with pytest.raises(Permanent) as refused:
        parse(name, body, **parameters)
    assert refused.value.field_path == path


@pytest.mark.parametrize("name", ["1. open", "2. high", "3. low", "4. close", "5. volume"])
@pytest.mark.parametrize("value", ["none", "-1", "NaN", None, True])
def test_a_number_that_is_none_is_refused_with_its_path(name: str, value: object) -> None:
    series = {"2026-11-18 11:58:00": SERIES["2026-11-18 11:58:00"] | {name: value}}
    [refused] = parse("alpha_vantage_minutes", {"Meta Data": ZONE, "Time Series (1min)": series}, symbol="MSFT")
    assert isinstance(refused, Refused) and refused.error.field_path == f"Time Series (1min).2026-11-18 11:58:00.{name[3:]}"


def test_a_low_above_the_high_is_refused() -> None:
    series = {"2026-11-18 11:58:00": SERIES["2026-11-18 11:58:00"] | {"3. low": "90"}}
    [refused] = parse("alpha_vantage_minutes", {"Meta Data": ZONE, "Time Series (1min)": series}, symbol="MSFT")
    assert isinstance(refused, Refused) and "low <= open" in str(refused.error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4), max_leaves=12,
)  # fmt: skip
MEMBERS = (
    "values", "observations", "earningsCalendar", "data", "rows", "finance", "result", "earnings", "records", "chart", "timestamp", "indicators",
    "quote", "Meta Data", "Time Series (1min)", "top_gainers", "top_losers", "last_updated", "c", "pc", "t", "symbol", "date", "open",
)  # fmt: skip
SHAPED = st.recursive(
    JSON, lambda inner: st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6) | st.lists(inner, max_size=3), max_leaves=20
)
NAMES = sorted(name for name in transforms() if name.split("_")[0] in ("alpha", "twelve", "yahoo", "nasdaq", "fmp", "finnhub", "trading", "fred"))


@given(st.sampled_from(NAMES), SHAPED | st.binary(max_size=40))
@settings(max_examples=400, deadline=None)
def test_whatever_comes_is_parsed_or_refused(name: str, body: object) -> None:
    """No answer ends a feed: each is records, refusals, or refused as a whole."""
    parameters = {"symbol": "A", "ticker": "A", "timezone": "UTC", "date": "2026-11-18", "series_id": "DGS10"}
    try:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        found = transforms()[name](Payload("/any", raw, NOW, parameters), STAMPS, {})
    except Permanent:
        return
    assert all(isinstance(one, (Parsed, Refused)) for one in found)
