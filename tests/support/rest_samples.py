"""A real answer for each transform that the simulated Unusual Whales has none for: what the vendors document, cut to a row."""

from __future__ import annotations

import orjson

_OPEN_SECONDS = 1_795_185_000  # 2026-11-20 09:30 in New York
_DAY = "2026-11-20"
_SNAPSHOT = {"ticker": "PDS", "day": {"v": 133963}, "lastTrade": {"p": 14.2284}, "prevDay": {"c": 0.73}, "updated": 1605195848258266000}
_CONTRACT = {
    "day": {"close": 29, "high": 32.25, "last_updated": _OPEN_SECONDS * 10**9, "low": 29, "open": 29.99, "volume": 868.0, "vwap": 30.7738},
    "details": {"contract_type": "call", "expiration_date": "2026-12-18", "strike_price": 150, "ticker": "O:AAPL261218C00150000"},
    "greeks": {"delta": 0.64, "gamma": 0.006, "theta": -0.028, "vega": 0.638}, "implied_volatility": 0.357, "open_interest": 8133,
    "last_quote": {"ask": 29.25, "ask_size": 209, "bid": 28.9, "bid_size": 294}, "underlying_asset": {"price": 159.9606, "ticker": "AAPL"},
    "last_trade": {"price": 29.25, "sip_timestamp": _OPEN_SECONDS * 10**9, "size": 1},
}  # fmt: skip
_BAR = {"c": 75.0875, "h": 75.15, "l": 73.7975, "n": 1, "o": 74.06, "t": _OPEN_SECONDS * 1_000, "v": 135647, "vw": 74.6099}
_RULES = {"updates_high_low": False, "updates_open_close": False, "updates_volume": True}
_SPLIT = {"execution_date": "2020-08-31", "id": "E36416cc", "split_from": 1, "split_to": 4, "ticker": "AAPL"}
_DIVIDEND = {
    "cash_amount": 0.22, "currency": "USD", "declaration_date": "2021-10-28", "dividend_type": "CD", "ex_dividend_date": "2021-11-05",
    "frequency": 4, "id": "E8e3c4f7", "pay_date": "2021-11-11", "record_date": "2021-11-08", "ticker": "AAPL",
}  # fmt: skip
_NUMBERS = {"1. open": "86.49", "2. high": "86.50", "3. low": "86.475", "4. close": "86.50", "5. volume": "10494"}
_VALUES = {"open": "148.372", "high": "148.405", "low": "148.365", "close": "148.390", "volume": "2206"}
_CHART = {
    "timestamp": [_OPEN_SECONDS, _OPEN_SECONDS + 60],
    "indicators": {"quote": [{"open": [1.0, None], "high": [1.5, None], "low": [0.5, None], "close": [1.2, None], "volume": [10, None]}]},
}
_MOVER = {"ticker": "ACRX", "price": "8.63", "change_amount": "2.51", "change_percentage": "41.0%", "volume": "1203400"}
_REPORT = {"ticker": "NVDA", "startDateTime": _OPEN_SECONDS * 1_000, "startDateTimeType": "AMC", "epsEstimate": 1.25, "epsActual": None}
_COMPANY = {"time": "time-after-hours", "symbol": "NVDA", "fiscalQuarterEnding": "Oct/2026", "epsForecast": "$1.25", "noOfEsts": "3"}
_EVENT = {
    "CalendarId": "360123", "Date": "2026-12-10T13:30:00", "Country": "United States", "Event": "Inflation Rate MoM", "Reference": "Nov",
    "Actual": "", "Previous": "0.2%", "Forecast": None, "TEForecast": "0.4%", "DateSpan": "0", "Importance": 3,
}  # fmt: skip

ASKED = {"symbol": "SPY", "timezone": "UTC", "series_id": "DGS10", "multiplier": "1", "timespan": "minute"}
"""What these vendors were asked for."""

SAMPLES: dict[str, bytes] = {name: orjson.dumps(answer) for name, answer in {
    "alpha_vantage_days": {"Meta Data": {"5. Time Zone": "US/Eastern"}, "Time Series (Daily)": {"2026-11-17": _NUMBERS}},
    "alpha_vantage_minutes": {"Meta Data": {"6. Time Zone": "US/Eastern"}, "Time Series (1min)": {f"{_DAY} 09:31:00": _NUMBERS}},
    "alpha_vantage_movers": {"last_updated": f"{_DAY} 09:05:00 US/Eastern", "top_gainers": [_MOVER], "top_losers": [_MOVER]},
    "finnhub_earnings": {"earningsCalendar": [
        {"date": "2026-12-10", "epsActual": None, "epsEstimate": 1.4, "hour": "amc", "quarter": 4, "symbol": "AVGO", "year": 2026},
    ]},
    "finnhub_quote": {"c": 261.74, "d": 2.29, "dp": 0.88, "h": 263.31, "l": 260.68, "o": 261.07, "pc": 259.45, "t": 1582641000},
    "fmp_earnings": [{"symbol": "NVDA", "date": _DAY, "epsActual": None, "epsEstimated": 1.25, "lastUpdated": "2026-11-17"}],
    "fred_release_dates": {"release_dates": [{"release_id": 10, "release_name": "Consumer Price Index", "date": "2026-09-10"}]},
    "fred_series": {"observations": [{"realtime_start": "2026-11-18", "realtime_end": "2026-11-18", "date": "2026-11-16", "value": "4.12"}]},
    "nasdaq_earnings": {"data": {"rows": [_COMPANY]}, "status": {"rCode": 200}},
    "polygon_aggregates": {"status": "OK", "results": [_BAR]},
    "polygon_conditions": {"status": "OK", "results": [{"id": 2, "type": "sale_condition", "update_rules": {"consolidated": _RULES}}]},
    "polygon_dividends": {"status": "OK", "results": [_DIVIDEND]},
    "polygon_grouped_daily": {"status": "OK", "results": [_BAR | {"T": "VSAT"}]},
    "polygon_movers": {"status": "OK", "tickers": [_SNAPSHOT]},
    "polygon_market": {"status": "OK", "count": 1, "tickers": [_SNAPSHOT]},
    "polygon_option_chain": {"status": "OK", "results": [_CONTRACT]},
    "polygon_snapshot": {"status": "OK", "ticker": _SNAPSHOT},
    "polygon_splits": {"status": "OK", "results": [_SPLIT]},
    "trading_economics_calendar": [_EVENT],
    "twelve_data_days": {"values": [_VALUES | {"datetime": "2026-11-17"}], "status": "ok"},
    "twelve_data_minutes": {"values": [_VALUES | {"datetime": f"{_DAY} 14:31:00"}], "status": "ok"},
    "twelve_data_movers": {"values": [{"symbol": "BSET", "datetime": f"{_DAY}T14:05:00Z", "last": 17.25, "change": 3.31, "volume": 108297}]},
    "yahoo_days": {"chart": {"result": [_CHART], "error": None}},
    "yahoo_earnings": {"finance": {"result": {"earnings": [{"records": [_REPORT]}]}, "error": None}},
    "yahoo_minutes": {"chart": {"result": [_CHART], "error": None}},
}.items()} | {
    "alpha_vantage_earnings": (
        b"symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay\r\nNVDA,Nvidia,2026-11-18,2026-10-31,1.25,USD,post-market\r\n"
    ),
}  # fmt: skip
"""Transform -> an answer it takes."""
