"""The stocks and index funds that have options: each one's price and print rate by the second, taken from the market source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

import numpy as np
from numpy.typing import NDArray

from infra.clock import to_datetime
from infra.market_calendar import NEW_YORK
from infra.vendorsim.market_events import MarketSource, TapeTrade
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.scenario_path import build
from infra.vendorsim.scenario_plan import Hours, Listing

_INDEX_FUNDS = (
    Listing("IWM", 246.80, 247.15, 0.35, 10.0), Listing("QQQ", 551.80, 553.45, 0.35, 9.0), Listing("SPY", 620.50, 621.75, 0.35, 8.0),
)  # fmt: skip
_LARGE_CAPS = (Listing("GOOGL", 283.40, 284.10, 0.3, 6.0), Listing("META", 612.90, 614.20, 0.3, 6.0))
_BASE_VOLATILITY = {
    "SPY": 0.15, "QQQ": 0.20, "IWM": 0.22, "MSFT": 0.25, "AAPL": 0.27, "GOOGL": 0.30, "AMZN": 0.31, "META": 0.35, "NVDA": 0.44,
    "AMD": 0.50, "TSLA": 0.58,
}  # fmt: skip
_SMALL_CAP_VOLATILITY = 1.35
_TRADES_A_PRINT = 0.3
_TRADES_A_PRINT_OF_INDEX = 2.5
_SHARES_A_PRINT = 190
_DAY_SECONDS = 86_400
_OPENS, _CLOSES = time(9, 30), time(16, 0)


@dataclass(frozen=True, slots=True)
class Underlying:
    """One underlying's day.

    Attributes
    ----------
    number
        Stable among the underlyings of one market; seeds its random numbers.
    start_ms
        Moment of the first second of the arrays.
    price, prints_a_second, trades_a_second
        By the second: US dollars, and prints of the stock and option trades to expect.
    volatility
        At the money, a year.
    """

    symbol: str
    number: int
    day: date
    start_ms: int
    price: NDArray[np.float64]
    prints_a_second: NDArray[np.float64]
    trades_a_second: NDArray[np.float64]
    previous_close: float
    volatility: float
    is_index: bool

    @property
    def open_ms(self) -> int:
        """Opening bell: options trade from here ..."""
        return _moment_ms(self.day, _OPENS)

    @property
    def close_ms(self) -> int:
        """... to here."""
        return _moment_ms(self.day, _CLOSES)

    @property
    def first_price(self) -> float:
        """Return the price at the opening bell, or the first of the day if it begins later."""
        return self.price_at(self.open_ms)

    def price_at(self, moment_ms: int) -> float:
        """Return the price of a moment in whole cents; the day's first and last price stand for what lies outside it."""
        second = min(max((moment_ms - self.start_ms) // 1_000, 0), len(self.price) - 1)
        return round(float(self.price[second]), 2)

    def expected_volume(self, moment_ms: int) -> int:
        """Return about how many shares have changed hands before a moment, without reading the tape."""
        seconds = min(max((moment_ms - self.start_ms) // 1_000, 0), len(self.price))
        return int(self.prints_a_second[:seconds].sum() * _SHARES_A_PRINT)


def underlyings(source: MarketSource, seed: int) -> dict[str, Underlying]:
    """Return the underlyings of a market by symbol: its own symbols and, where it has them not, calm index funds and large caps."""
    first_ms, last_ms = source.span_ms
    first_ms = first_ms // 60_000 * 60_000
    seconds = min(-(-(last_ms - first_ms) // 1_000), _DAY_SECONDS)
    begins = to_datetime(first_ms * 1_000).astimezone(NEW_YORK)
    found: dict[str, Underlying] = {}
    for symbol in source.symbols:
        path = _path(source, symbol, first_ms, seconds)
        if path is not None:
            found[symbol] = _underlying(symbol, len(found), begins, path, source.previous_close(symbol))
    minute = begins.hour * 60 + begins.minute
    hours = Hours(minute, minute + -(-seconds // 60), minute, busy_throughout=True)
    for listing in (*_INDEX_FUNDS, *_LARGE_CAPS):
        if listing.symbol not in found:
            calm = build(listing, [], np.random.default_rng((seed, begins.toordinal(), 10_000 + len(found))), hours)
            found[listing.symbol] = _underlying(listing.symbol, len(found), begins, (calm.mid, calm.rate), listing.previous_close)
    return {symbol: found[symbol] for symbol in sorted(found)}


def _underlying(
    symbol: str, number: int, begins: datetime, path: tuple[NDArray[np.float64], NDArray[np.float64]], previous_close: float
) -> Underlying:
    price, prints = path
    is_index = any(listing.symbol == symbol for listing in _INDEX_FUNDS)
    made = Underlying(
        symbol=symbol,
        number=number,
        day=begins.date(),
        start_ms=round(begins.timestamp() * 1_000),
        price=price,
        prints_a_second=prints,
        trades_a_second=prints * (_TRADES_A_PRINT_OF_INDEX if is_index else _TRADES_A_PRINT),
        previous_close=previous_close,
        volatility=_BASE_VOLATILITY.get(symbol, _SMALL_CAP_VOLATILITY),
        is_index=is_index,
    )
    trading = made.start_ms + 1_000 * np.arange(len(price))
    closed = (trading < made.open_ms) | (trading >= made.close_ms)
    return replace(made, trades_a_second=np.where(closed, 0.0, made.trades_a_second))


def _path(source: MarketSource, symbol: str, first_ms: int, seconds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    if isinstance(source, Scenario):
        path = source.path(symbol)
        return path.mid, path.rate
    trades = [e for e in source.symbol_events(symbol, first_ms, first_ms + seconds * 1_000) if isinstance(e, TapeTrade)]
    if not trades:
        return None
    at = np.array([(trade.ts_ms - first_ms) // 1_000 for trade in trades])
    prices = np.full(seconds, np.nan)
    prices[at] = [trade.price for trade in trades]
    known = np.flatnonzero(~np.isnan(prices))
    nearest = known[np.maximum(np.searchsorted(known, np.arange(seconds), side="right") - 1, 0)]
    return prices[nearest], np.bincount(at, minlength=seconds).astype(np.float64)


def _moment_ms(day: date, moment: time) -> int:
    return round(datetime.combine(day, moment, NEW_YORK).timestamp() * 1_000)
