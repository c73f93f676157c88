"""The simulated market as vendors that are polled tell it: bars, days, movers and calendars, the same for all of them, so that they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np

from infra.clock import Clock, to_microseconds
from infra.market_calendar import NEW_YORK, session_bounds, trading_day
from infra.vendorsim.bar_book import BarBook
from infra.vendorsim.market_events import MINUTE_MS, MarketSource, MinuteBar, TapeTrade
from infra.vendorsim.vendor_door import UnknownSymbol

_FUNDS = frozenset({"IWM", "QQQ", "SPY"})
_LOOK_BACK_MS = 10 * MINUTE_MS
_REPORTS_EVERY_DAYS = 91


class DayBar(NamedTuple):
    """One finished trading day, or what there is of today."""

    day: date
    open: float
    high: float
    low: float
    close: float
    volume: int


class Mover(NamedTuple):
    """A symbol away from yesterday's close."""

    symbol: str
    price: float
    previous_close: float
    volume: int

    @property
    def change(self) -> float:
        return round(self.price - self.previous_close, 4)

    @property
    def percent(self) -> float:
        return (self.price / self.previous_close - 1) * 100


class Report(NamedTuple):
    """A company's quarterly report."""

    symbol: str
    day: date
    before_open: bool
    estimate: float
    actual: float | None
    quarter_end: date


class EconomicEvent(NamedTuple):
    """A release, due at a New York time."""

    identity: int
    name: str
    country: str
    due_us: int
    previous: str
    forecast: str
    importance: int


_ECONOMY = (  # days after the market's day, New York time; the same moments that the simulated Unusual Whales tells
    (0, 8, 30, "Inflation Rate MoM", "United States", "0.2%", "0.3%", 3), (0, 14, 0, "FOMC Minutes", "United States", "", "", 3),
    (1, 8, 30, "Non Farm Payrolls", "United States", "142K", "150K", 3), (1, 8, 30, "Unemployment Rate", "United States", "4.1%", "4.2%", 3),
    (2, 8, 30, "GDP Growth Rate QoQ 2nd Est", "United States", "2.8%", "2.8%", 3), (2, 5, 0, "Unemployment Rate", "Euro Area", "6.3%", "6.3%", 2),
    (4, 8, 30, "PPI MoM", "United States", "0.0%", "0.2%", 2), (5, 8, 30, "Initial Jobless Claims", "United States", "217K", "220K", 2),
    (6, 14, 0, "Fed Interest Rate Decision", "United States", "4.5%", "4.25%", 3),
    (7, 8, 15, "ECB Interest Rate Decision", "Euro Area", "2%", "2%", 3),
    (8, 12, 0, "Fed Waller Speech", "United States", "", "", 2),
)  # fmt: skip


@dataclass(slots=True)
class PolledMarket:
    """A market and its time: nothing after the clock's moment is ever told.

    Attributes
    ----------
    source
        The market of this run.
    bars
        Its minutes, kept.
    seed
        Of the calendars.
    """

    source: MarketSource
    clock: Clock
    bars: BarBook
    seed: int

    @property
    def now_ms(self) -> int:
        return self.clock.now_us() // 1_000

    @property
    def today(self) -> date:
        return trading_day(self.clock.now_us())

    async def minutes(self, symbol: str, last: int, *, regular: bool = False) -> list[MinuteBar]:
        """Return at most so many of the newest finished minutes, the oldest first.

        Parameters
        ----------
        regular
            Leave out what lies outside regular hours.
        """
        self._known(symbol)
        ends_ms = self.now_ms // MINUTE_MS * MINUTE_MS
        starts_ms = self.source.span_ms[0]
        if regular:
            bounds = session_bounds(self.today)
            if bounds is None:
                return []
            starts_ms, ends_ms = max(starts_ms, bounds.regular_open_us // 1_000), min(ends_ms, bounds.regular_close_us // 1_000)
        found: list[MinuteBar] = []
        while len(found) < last and ends_ms > starts_ms:
            begin_ms = max(starts_ms, ends_ms - last * MINUTE_MS)
            found = [*await self.bars.bars(symbol, begin_ms, ends_ms), *found]
            ends_ms = begin_ms
        return found[-last:]

    async def days(self, symbol: str, last: int) -> list[DayBar]:
        """Return the newest days, the oldest first, today's as far as it has come."""
        self._known(symbol)
        random = np.random.default_rng((self.seed, self.today.toordinal(), sorted(self.source.symbols).index(symbol)))
        close, found, day = self.source.previous_close(symbol), list[DayBar](), self.today
        while len(found) < last:
            day -= timedelta(days=1)
            if session_bounds(day) is None:
                continue
            opened, reach = close / (1 + random.normal(0, 0.015)), random.uniform(0.002, 0.01)
            high, low = max(opened, close) * (1 + reach), min(opened, close) * (1 - reach)
            volume = int(random.integers(200_000, 9_000_000))
            found.insert(0, DayBar(day, round(opened, 2), round(high, 2), round(low, 2), round(close, 2), volume))
            close = opened
        minutes = await self.minutes(symbol, 960)
        if minutes:
            high, low = max(bar.high for bar in minutes), min(bar.low for bar in minutes)
            found.append(DayBar(self.today, minutes[0].open, high, low, minutes[-1].close, sum(bar.volume for bar in minutes)))
        return found[-last:]

    def movers(self) -> list[Mover]:
        """Return every symbol with its last price, the largest gain first."""
        found = [mover for symbol in self.source.symbols if (mover := self.mover(symbol)) is not None]
        return sorted(found, key=lambda one: -one.percent)

    def mover(self, symbol: str) -> Mover | None:
        """Return a symbol's last price and yesterday's close; None before it trades."""
        self._known(symbol)
        recent = self.source.symbol_events(symbol, self.now_ms - _LOOK_BACK_MS, self.now_ms)
        trades = [event for event in recent if isinstance(event, TapeTrade)]
        if not trades:
            return None
        return Mover(symbol, trades[-1].price, self.source.previous_close(symbol), 25 * sum(trade.size for trade in trades))

    def reports(self, first: date, last: date) -> Iterator[Report]:
        """Return the reports of a span of dates: each company has one a quarter, on an ordinary day, always on the same side of the session."""
        companies = [symbol for symbol in sorted(self.source.symbols) if symbol not in _FUNDS]
        for number, symbol in enumerate(companies):
            for quarter in range(-2, 3):
                day = self._first_day + timedelta(days=number % 9 + _REPORTS_EVERY_DAYS * quarter)
                while session_bounds(day) is None:
                    day += timedelta(days=1)
                if first <= day <= last:
                    random = np.random.default_rng((self.seed, number, quarter + 2))
                    estimate = round(float(random.uniform(0.1, 3)), 2)
                    actual = round(estimate + float(random.normal(0.05, 0.1)), 2) if day < self.today else None
                    yield Report(symbol, day, number % 2 == 0, estimate, actual, (day.replace(day=1) - timedelta(days=1)))

    def economy(self) -> Sequence[EconomicEvent]:
        """Return the releases of the days after the market's first."""
        return [
            EconomicEvent(300_000 + number, name, country, _moment(self._first_day + timedelta(days=days), hour, minute), before, guess, weight)
            for number, (days, hour, minute, name, country, before, guess, weight) in enumerate(_ECONOMY)
        ]

    @property
    def _first_day(self) -> date:
        return trading_day(self.source.span_ms[0] * 1_000)

    def _known(self, symbol: str) -> None:
        if symbol not in self.source.symbols:
            raise UnknownSymbol(symbol)


def _moment(day: date, hour: int, minute: int) -> int:
    return to_microseconds(datetime.combine(day, time(hour, minute), NEW_YORK))
