"""Answers about the stock itself, from the same tape as Polygon's: prints off the exchanges, price levels, bars, state."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from infra.clock import to_datetime
from infra.market_calendar import NEW_YORK
from infra.vendorsim.market_events import MINUTE_MS, MarketSource, TapeTrade, minute_bar
from infra.vendorsim.unusual_whales_endpoint import Asked, Misfit, endpoint
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_wire import issue_type, market_capitalisation, plain, sector, text, utc

_OFF_EXCHANGE = (4, 19)
_PRINTS = (
    "date:d newer_than:m older_than:m limit:i<=500=500 min_premium:n max_premium:n min_size:i max_size:i min_volume:i max_volume:i"
    " order:s order_by:s"
)
_MINUTES = {"1m": 1, "5m": 5, "10m": 10, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1_440}
_SHORT_TIMES = {"premarket": "pr", "regular": "r", "postmarket": "po"}
_LONGEST_LOOK_BACK_MS = 60 * MINUTE_MS


@lru_cache(maxsize=4_000)
def _minute(source: Hashable, symbol: str, start_ms: int) -> tuple[TapeTrade, ...]:
    events = cast(MarketSource, source).symbol_events(symbol, start_ms, start_ms + MINUTE_MS)
    return tuple(event for event in events if isinstance(event, TapeTrade))


def _trades(asked: Asked, symbol: str, since_ms: int = 0) -> list[TapeTrade]:
    """Return the stock's prints of the day until now; a symbol of the option market alone has none."""
    source = asked.market.source
    if symbol not in source.symbols or asked.other_date:
        return []
    first = max(source.span_ms[0], since_ms) // MINUTE_MS * MINUTE_MS
    found = [trade for minute in range(first, asked.now_ms, MINUTE_MS) for trade in _minute(cast(Hashable, source), symbol, minute)]
    return [trade for trade in found if since_ms <= trade.ts_ms < asked.now_ms]


def _off_exchange(trade: TapeTrade) -> bool:
    return trade.exchange in _OFF_EXCHANGE and trade.size >= 100


@endpoint("/api/darkpool/{ticker}", _PRINTS)
def dark_pool(asked: Asked) -> Any:
    day = asked.day
    return {"data": _dark_rows(asked, [day], asked.values["limit"], 0)}


@endpoint("/api/darkpool/recent", _PRINTS.replace("newer_than:m older_than:m limit:i<=500=500", "limit:i<=200=100"))
def dark_pool_recent(asked: Asked) -> Any:
    days = [asked.market.day(symbol) for symbol in asked.market.source.symbols if symbol in asked.market.underlyings]
    return {"data": _dark_rows(asked, days, asked.values["limit"], asked.now_ms - 5 * MINUTE_MS)}


def _dark_rows(asked: Asked, days: list[OptionDay], limit: int, since_ms: int) -> list[dict[str, Any]]:
    newer, older = asked.between()
    wanted, rows = asked.values, []
    for day in days:
        since = max(since_ms, newer // 1_000, 0) or asked.now_ms - _LONGEST_LOOK_BACK_MS
        volume = 0
        for trade in _trades(asked, day.underlying.symbol, since):
            volume += trade.size
            premium = trade.price * trade.size
            fits = wanted.get("min_premium", 0) <= premium <= wanted.get("max_premium", premium) and wanted.get("min_size", 0) <= trade.size
            if _off_exchange(trade) and fits and newer < trade.ts_ms * 1_000 < older:
                rows.append((trade.ts_ms, _dark_row(trade, volume)))
    rows.sort(key=lambda row: row[0], reverse=wanted.get("order", "desc") == "desc")
    return [row for _, row in rows[:limit]]


def _dark_row(trade: TapeTrade, volume: int) -> dict[str, Any]:
    spread = max(round(trade.price * 0.0004, 2), 0.01)
    # Stamps have whole seconds, as the vendor's; tracking_id tells prints apart.
    return {
        "canceled": False, "executed_at": utc(trade.ts_ms * 1_000), "ext_hour_sold_codes": None, "market_center": "L",
        "nbbo_ask": plain(trade.price + spread), "nbbo_ask_quantity": trade.size * 3, "nbbo_bid": plain(trade.price - spread),
        "nbbo_bid_quantity": trade.size * 2, "premium": text(trade.price * trade.size), "price": plain(trade.price),
        "sale_cond_codes": None, "size": trade.size, "ticker": trade.symbol, "tracking_id": trade.ts_ms * 10_000 + trade.sequence % 10_000,
        "trade_code": None, "trade_settlement": "regular_settlement", "trf_executed_at": utc((trade.ts_ms - 400) * 1_000),
        "volume": volume,
    }  # fmt: skip


@endpoint("/api/darkpool/{ticker}/price-levels", "date:d")
def dark_pool_price_levels(asked: Asked) -> Any:
    rows = [{"dark_pool_volume": off, "price": plain(price), "regular_volume": lit} for price, lit, off in _levels(asked)]
    return {"data": rows, "date": asked.market.date.isoformat()}


@endpoint("/api/stock/{ticker}/stock-volume-price-levels", "date:d")
def price_levels(asked: Asked) -> Any:
    return {"data": [{"lit_vol": lit, "off_vol": off, "price": price} for price, lit, off in _levels(asked)]}


def _levels(asked: Asked) -> list[tuple[float, int, int]]:
    """Return prices in steps of a tenth of a percent with the volume on and off the exchanges."""
    stock = asked.day.underlying
    step = max(0.01, round(stock.first_price / 1_000, 2))
    sums: dict[float, list[int]] = {}
    for trade in _trades(asked, stock.symbol):
        level = sums.setdefault(round(round(trade.price / step) * step, 2), [0, 0])
        level[_off_exchange(trade)] += trade.size
    return [(price, lit, off) for price, (lit, off) in sorted(sums.items())]


@endpoint("/api/stock/{ticker}/option/stock-price-levels", "date:d")
def option_volume_by_stock_price(asked: Asked) -> Any:
    """Option volume by the price the stock had, in steps of a tenth of a percent."""
    day = asked.day
    step = max(0.01, round(day.underlying.first_price / 1_000, 2))
    sums: dict[float, list[int]] = {}
    for position in range(day.tape.before(asked.now_ms) if not asked.other_date else 0):
        level = sums.setdefault(round(round(day.tape.spot[position] / step) * step, 2), [0, 0])
        level[int(not day.chain.is_call[day.tape.contract[position]])] += int(day.tape.size[position])
    return {"data": [{"call_volume": call, "price": plain(price), "put_volume": put} for price, (call, put) in sorted(sums.items())]}


@endpoint("/api/stock/{ticker}/ohlc/{candle_size}", "timeframe:s end_date:d date:d limit:i<=2500")
def candles(asked: Asked) -> Any:
    size = asked.place["candle_size"]
    if size not in _MINUTES:
        raise Misfit(f"Invalid value for candle_size: {size}")
    length_ms = _MINUTES[size] * MINUTE_MS
    groups: dict[int, list[TapeTrade]] = {}
    for trade in _trades(asked, asked.day.underlying.symbol):
        groups.setdefault(trade.ts_ms // length_ms * length_ms, []).append(trade)
    rows, total = [], 0
    for start_ms, trades in sorted(groups.items()):
        bar = minute_bar(start_ms, trades)
        total += sum(trade.size for trade in trades)
        if bar is not None and start_ms + length_ms <= asked.now_ms:
            rows.append({
                "close": text(bar.close), "end_time": utc((start_ms + length_ms) * 1_000), "high": text(bar.high), "low": text(bar.low),
                "market_time": _SHORT_TIMES[_market_time(start_ms)], "open": text(bar.open), "start_time": utc(start_ms * 1_000),
                "total_volume": total, "volume": bar.volume,
            })  # fmt: skip
    rows.reverse()
    return {"data": rows[: asked.values.get("limit", 2_500)]}


@endpoint("/api/stock/{ticker}/stock-state")
def state(asked: Asked) -> Any:
    day = asked.day
    trades = _trades(asked, day.underlying.symbol)
    prices = [trade.price for trade in trades] or [day.underlying.price_at(asked.now_ms)]
    return {
        "data": {
            "close": text(prices[-1]), "high": text(max(prices)), "low": text(min(prices)), "market_time": _market_time(asked.now_ms),
            "open": text(prices[0]), "prev_close": text(day.underlying.previous_close), "tape_time": utc(asked.now_us),
            "total_volume": sum(trade.size for trade in trades),
            "volume": sum(trade.size for trade in trades if trade.ts_ms >= day.underlying.open_ms),
        }
    }  # fmt: skip


@endpoint("/api/stock/{ticker}/info")
def information(asked: Asked) -> Any:
    day = asked.day
    value = market_capitalisation(day)
    return {
        "data": {
            "announce_time": "unknown", "avg30_volume": str(4_000_000 + day.underlying.number * 150_000),
            "beta": text(day.underlying.volatility / 0.15), "full_name": day.underlying.symbol, "has_dividend": day.underlying.is_index,
            "has_earnings_history": not day.underlying.is_index, "has_investment_arm": False, "has_options": True,
            "issue_type": issue_type(day), "marketcap": text(value, 0), "marketcap_size": "big" if value > 1e10 else "micro",
            "next_earnings_date": None if day.underlying.is_index else f"{asked.market.date.year + 1}-01-28",
            "sector": None if day.underlying.is_index else sector(day), "short_description": f"The company behind {day.underlying.symbol}.",
            "symbol": day.underlying.symbol, "uw_tags": [],
        }
    }  # fmt: skip


def _market_time(moment_ms: int) -> str:
    moment: datetime = to_datetime(moment_ms * 1_000).astimezone(NEW_YORK)
    minute = moment.hour * 60 + moment.minute
    return "premarket" if minute < 570 else "regular" if minute < 960 else "postmarket"
