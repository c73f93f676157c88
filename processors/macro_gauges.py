"""stage.macro_gauges: yields, the dollar and volatility's basis out of a broker's quotes of futures (IBK-29).

The gauges are of no symbol and join instruments with different keys, so the stage looks at the quotes rather than folding them: after a
restart it begins a little before their end, and a gauge that is told again has the same key and time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from infra.clock import MICROSECONDS
from infra.regime_settings import MacroGaugeSettings
from infra.unit import UnitContext
from processors.calc.macro_gauges import NOTIONAL_YEARS, basis_percent, change_percent, notional_yield
from processors.following_unit import FollowedTopics, Following, run_following
from schemas.records import BrokerQuote, MacroGauge, MacroGaugeKind

NAME = "stage.macro_gauges"
QUOTES, GAUGES = "broker.quotes", "derived.macro-gauges"
FORMULA_VERSION = "macro-1"
_PAUSE_SECONDS = 0.5
_TAIL = 2_000
_DOLLAR, _CASH, _FUTURE = "DX", "VIX", "VX"


class MacroGauges:
    """The gauges, as quotes come.

    A gauge is told at most once in `seconds` of quotes' time, of prices that are younger than `fresh_seconds` against each other and
    neither crossed nor halted.
    """

    def __init__(self, settings: MacroGaugeSettings) -> None:
        self._every_us = round(settings.seconds * MICROSECONDS)
        self._fresh_us = round(settings.fresh_seconds * MICROSECONDS)
        self._quotes: dict[str, BrokerQuote] = {}
        self._told_us: dict[str, int] = {}

    def take(self, quote: BrokerQuote) -> Iterator[MacroGauge]:
        """Yield what a quote leads to."""
        price = price_of(quote)
        if price is None or quote.is_crossed or quote.is_halted:
            self._quotes.pop(quote.symbol, None)
            return
        self._quotes[quote.symbol] = quote
        if quote.symbol in NOTIONAL_YEARS:
            value = notional_yield(price, NOTIONAL_YEARS[quote.symbol])
            percent = None if value is None else value * 100
            yield from self._told(f"yield_{NOTIONAL_YEARS[quote.symbol]}y", MacroGaugeKind.BOND_YIELD, percent, {quote.symbol: price}, quote)
        elif quote.symbol == _DOLLAR:
            yield from self._told("dollar", MacroGaugeKind.DOLLAR_STRENGTH, change_percent(price, quote.close_price), {_DOLLAR: price}, quote)
        elif quote.symbol in (_CASH, _FUTURE):
            yield from self._basis(quote)

    def _basis(self, quote: BrokerQuote) -> Iterator[MacroGauge]:
        both = [self._quotes.get(symbol) for symbol in (_CASH, _FUTURE)]
        prices = [None if one is None or quote.ts_event - one.ts_event > self._fresh_us else price_of(one) for one in both]
        cash, future = prices
        if cash is not None and future is not None:
            yield from self._told("vix_basis", MacroGaugeKind.VOLATILITY_BASIS, basis_percent(cash, future), {_CASH: cash, _FUTURE: future}, quote)

    def _told(
        self, gauge: str, kind: MacroGaugeKind, percent: float | None, prices: Mapping[str, float], quote: BrokerQuote
    ) -> Iterator[MacroGauge]:
        told_us = self._told_us.get(gauge)
        if percent is None or (told_us is not None and quote.ts_event - told_us < self._every_us):
            return
        self._told_us[gauge] = quote.ts_event
        oldest_us = min(self._quotes[symbol].ts_event for symbol in prices)
        yield MacroGauge(
            gauge=gauge, ts_event=quote.ts_event, kind=kind, percent=percent, input_symbols=tuple(prices), input_prices=tuple(prices.values()),
            input_age_ms=(quote.ts_event - oldest_us) // 1_000, mode=quote.mode, source=quote.source,
            formula_version=FORMULA_VERSION,
        )  # fmt: skip


def price_of(quote: BrokerQuote) -> float | None:
    """Return the middle of bid and offer, the last price of what has none, e.g. an index; None for neither."""
    bid, ask, last = quote.bid_price, quote.ask_price, quote.last_price
    if bid is not None and ask is not None and bid > 0 and ask > 0:
        return (bid + ask) / 2
    return last if last is not None and last > 0 else None


async def run_macro_gauges(context: UnitContext) -> None:
    """Tell the gauges until told to stop."""
    await run_following(context, NAME, lambda: _following(context.settings.macro_gauges))


def _following(settings: MacroGaugeSettings) -> Following:
    return Following(partial(_turn, MacroGauges(settings)), "following", (QUOTES,), (GAUGES,), _PAUSE_SECONDS, _TAIL)


def _turn(gauges: MacroGauges, followed: FollowedTopics) -> tuple[int, int]:
    read = written = 0
    for _, records in followed.catch_up():
        for record in records:
            read += 1
            for gauge in gauges.take(record) if isinstance(record, BrokerQuote) else ():
                followed.producer.send(GAUGES, gauge)
                written += 1
    if written:
        followed.producer.flush()
    return read, written
