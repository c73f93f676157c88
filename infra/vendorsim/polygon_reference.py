"""The simulated REST paths of reference data: splits, dividends, conditions, ticker details, and every ticker's bar of a day."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from aiohttp import web

from infra.clock import Clock
from infra.market_calendar import new_york, session_bounds, trading_day
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.market_events import MINUTE_MS, MarketSource
from infra.vendorsim.polygon_wire import aggregate_row

_LARGEST_PAGE = 1_000
_CONDITIONS = (
    (2, "sale_condition", "Average Price Trade", False, False, True), (12, "sale_condition", "Form T/Extended Hours", False, False, True),
    (14, "sale_condition", "Intermarket Sweep", True, True, True), (15, "sale_condition", "Market Center Official Close", False, False, False),
    (22, "sale_condition", "Prior Reference Price", True, False, True), (37, "sale_condition", "Odd Lot Trade", False, False, True),
    (38, "sale_condition", "Corrected Consolidated Close (per listing market)", True, True, False),
)  # fmt: skip


class PolygonReference:
    """Answers about days, companies and codes; the same market gives the same answers."""

    def __init__(self, source: MarketSource, bars: BarBook, clock: Clock) -> None:
        self._source = source
        self._bars = bars
        self._clock = clock

    async def grouped(self, request: web.Request) -> dict[str, Any]:
        """``/v2/aggs/grouped/…/{date}``: after the close of the market's day its bars, for any other day none at all."""
        day, now_ms = date.fromisoformat(request.match_info["date"]), self._clock.now_us() // 1_000
        bounds = session_bounds(day)
        first_ms, last_ms = self._source.span_ms
        if bounds is None or trading_day(first_ms * 1_000) != day or now_ms * 1_000 < bounds.after_end_us:
            return {"queryCount": 0, "resultsCount": 0, "adjusted": True}
        rows = []
        for symbol in self._source.symbols:
            bars = await self._bars.bars(symbol, first_ms, min(last_ms, now_ms // MINUTE_MS * MINUTE_MS))
            if bars:
                # Here the vendor stamps the end of regular trading.
                rows.append({"T": symbol, **aggregate_row(bars, bounds.regular_close_us // 1_000)})
        return {"queryCount": len(rows), "resultsCount": len(rows), "adjusted": True, "results": rows}

    async def splits(self, request: web.Request) -> dict[str, Any]:
        rows = []
        for number, symbol in enumerate(self._source.symbols):
            if number % 3 == 0:
                day = self._today + timedelta(days=number - 4)
                rows.append({"execution_date": day.isoformat(), "id": _id("split", symbol), "split_from": 10, "split_to": 1, "ticker": symbol})
        return _page(request, rows, "execution_date")

    async def dividends(self, request: web.Request) -> dict[str, Any]:
        rows = []
        for number, symbol in enumerate(self._source.symbols):
            if number % 2 == 0:
                day = self._today + timedelta(days=number - 3)
                rows.append(
                    {
                        "cash_amount": 0.25 + number / 100, "currency": "USD", "declaration_date": (day - timedelta(days=9)).isoformat(),
                        "dividend_type": "CD", "ex_dividend_date": day.isoformat(), "frequency": 4, "id": _id("dividend", symbol),
                        "pay_date": (day + timedelta(days=6)).isoformat(), "record_date": (day + timedelta(days=3)).isoformat(),
                        "ticker": symbol,
                    }
                )  # fmt: skip
        return _page(request, rows, "ex_dividend_date")

    async def conditions(self, _: web.Request) -> dict[str, Any]:
        rows = [
            {
                "id": code, "type": kind, "name": name, "asset_class": "stocks", "data_types": ["trade"], "sip_mapping": {},
                "update_rules": {
                    tier: {"updates_high_low": high_low, "updates_open_close": open_close, "updates_volume": volume}
                    for tier in ("consolidated", "market_center")
                },
            }
            for code, kind, name, high_low, open_close, volume in _CONDITIONS
        ]  # fmt: skip
        rows.append({"id": 41, "type": "trade_thru_exempt", "name": "Trade Thru Exempt", "asset_class": "stocks", "data_types": ["trade"]})
        return {"count": len(rows), "results": rows}

    async def ticker(self, request: web.Request) -> dict[str, Any]:
        symbol = request.match_info["ticker"]
        if symbol not in self._source.symbols:
            raise LookupError("Ticker not found.")
        found = {"ticker": symbol, "name": f"{symbol} Inc.", "market": "stocks", "locale": "us", "type": "CS", "active": True}
        return {"results": found | {"currency_name": "usd", "primary_exchange": "XNAS", "round_lot": 100}}

    @property
    def _today(self) -> date:
        return new_york(self._source.span_ms[0] * 1_000).date()


def _page(request: web.Request, rows: list[dict[str, Any]], field: str) -> dict[str, Any]:
    """Cut out what was asked for by date, and one page of it."""
    query = request.query
    least, most = query.get(f"{field}.gte", ""), query.get(f"{field}.lte", "9999")
    found = sorted((row for row in rows if least <= row[field] <= most), key=lambda row: (row[field], row["ticker"]))
    limit, skip = min(int(query.get("limit", 10)), _LARGEST_PAGE), int(query.get("skip", 0))
    body: dict[str, Any] = {"results": found[skip : skip + limit]}
    if skip + limit < len(found):
        body["next_url"] = str(request.url.update_query({"skip": str(skip + limit)}))
    return body


def _id(kind: str, symbol: str) -> str:
    return "E" + sha256(f"{kind} {symbol}".encode()).hexdigest()
