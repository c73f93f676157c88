"""Prices of everything the fake TWS lists, from the scenario: what it has not itself follows its index funds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from math import pi, sin
from typing import NamedTuple

import numpy as np

from infra.market_calendar import trading_day
from infra.vendorsim.market_events import MarketSource, TapeQuote, TapeTrade
from infra.vendorsim.option_quote import around
from infra.vendorsim.tws.listings import Listed, of_products, option, stock
from infra.vendorsim.unusual_whales_chain import Chain
from infra.vendorsim.unusual_whales_underlyings import Underlying, underlyings

_LOOK_BACK_MS = (5_000, 60_000, 3_600_000)
_WAVE = 0.0003
_CARRY = 0.0004
_LOT = 100


class Level1(NamedTuple):
    """Best bid and offer and last trade; None where an index has none, sizes in shares, contracts or units."""

    bid_price: float | None
    bid_size: float | None
    ask_price: float | None
    ask_size: float | None
    last_price: float
    last_size: float
    last_ms: int
    close_price: float


class Computed(NamedTuple):
    """What the vendor's model says of an option."""

    volatility: float
    delta: float
    gamma: float
    vega: float
    theta: float
    spot: float


class TwsMarket:
    """All prices at any moment, in any order.

    Parameters
    ----------
    source, seed
        The market, the same as the other vendors'.
    """

    def __init__(self, source: MarketSource, seed: int = 7) -> None:
        self._source, self._seed = source, seed
        self._chains: dict[str, Chain] = {}

    @cached_property
    def _stocks(self) -> dict[str, Underlying]:
        return underlyings(self._source, self._seed)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Stocks."""
        return tuple(dict.fromkeys((*self._source.symbols, *self._stocks)))

    def listed(self, wanted: Sequence[str], now_ms: int) -> list[Listed]:
        """Return the contracts that fit the twelve fields of a request."""
        return [each for each in self._candidates(wanted, now_ms) if each.fits(wanted)]

    def quote(self, symbol: str, now_ms: int) -> TapeQuote | None:
        """Return a stock's newest quote."""
        now_ms = min(now_ms, self._source.span_ms[1])  # after the close the last one stands
        for back_ms in _LOOK_BACK_MS:
            quotes = [event for event in self._source.symbol_events(symbol, now_ms - back_ms, now_ms) if isinstance(event, TapeQuote)]
            if quotes:
                return quotes[-1]
        if symbol in self._source.symbols or symbol not in self._stocks:
            return None
        cents = round(self._stocks[symbol].price_at(now_ms) * 100)
        return TapeQuote(now_ms, symbol, (cents - 1) / 100, 3, (cents + 1) / 100, 4, now_ms)

    def trades(self, each: Listed, start_ms: int, end_ms: int) -> list[TapeTrade]:
        """Return the prints in ``[start_ms, end_ms)``: a stock's own; of all others one at each print of their anchor, or a second."""
        if each.security_type == "STK" and each.name in self._source.symbols:
            return [event for event in self._source.symbol_events(each.name, start_ms, end_ms) if isinstance(event, TapeTrade)]
        anchor = each.product.anchor if each.product is not None else ""
        if anchor in self._source.symbols and each.product is not None and not each.product.moves_always:
            moments = [event.ts_ms for event in self._source.symbol_events(anchor, start_ms, end_ms) if isinstance(event, TapeTrade)]
        else:
            moments = list(range(-(-start_ms // 1_000) * 1_000, end_ms, 1_000))
        found = []
        for moment in moments:
            now = self.level1(each, moment)
            if now is not None:
                found.append(TapeTrade(moment, each.name, now.last_price, 1 + moment % 5, moment, str(moment)))
        return found

    def level1(self, each: Listed, now_ms: int) -> Level1 | None:
        """Return the quote of a moment; None before a stock's first."""
        if each.security_type == "OPT":
            return self._option(each, now_ms)
        if each.product is None:
            quote = self.quote(each.name, now_ms)
            return None if quote is None else self._of_stock(quote)
        step, price = each.tick, self._price(each, now_ms)
        close = round(self._price(each, self._source.span_ms[0]) / step) * step
        last = round(round(price / step) * step, 7)
        if each.security_type == "IND":
            return Level1(None, None, None, None, last, 0.0, now_ms, round(close, 7))
        size = 1.0 + each.number % 7
        bid, ask = round(last - step, 7), round(last + step, 7)
        return Level1(bid, size, ask, size + 1, last, 1.0, now_ms, round(close, 7))

    def computed(self, each: Listed, now_ms: int) -> Computed | None:
        """Return the model's Greeks of an option."""
        chain = self._chain(each.ticker)
        number = None if chain is None else chain.numbers.get(each.name)
        if chain is None or number is None:
            return None
        greeks, volatilities = chain.greeks(chain.underlying.price_at(now_ms), now_ms, np.array([number]))
        volatility, delta, gamma, vega, theta = (
            float(values[0]) for values in (volatilities, greeks.delta, greeks.gamma, greeks.vega, greeks.theta)
        )
        return Computed(volatility, delta, gamma, vega, theta, chain.underlying.price_at(now_ms))

    def chain_of(self, ticker: str) -> tuple[list[date], list[float]]:
        """Return expiries and strikes of an underlying's options; nothing where it has none."""
        chain = self._chain(ticker)
        return ([], []) if chain is None else (list(chain.expiries), [float(strike) for strike in chain.strikes])

    def _option(self, each: Listed, now_ms: int) -> Level1 | None:
        chain = self._chain(each.ticker)
        number = None if chain is None else chain.numbers.get(each.name)
        if chain is None or number is None:
            return None
        greeks, _ = chain.greeks(chain.underlying.price_at(now_ms), now_ms, np.array([number]))
        bid, ask = around(float(greeks.value[0]))
        return Level1(bid, 10.0, ask, 12.0, round((bid + ask) / 2, 2), 1.0, now_ms, bid)

    def _of_stock(self, quote: TapeQuote) -> Level1:
        in_source = quote.symbol in self._source.symbols
        close = self._source.previous_close(quote.symbol) if in_source else self._stocks[quote.symbol].previous_close
        prints = [
            event
            for event in self._source.symbol_events(quote.symbol, quote.ts_ms - 60_000, quote.ts_ms)
            if isinstance(event, TapeTrade)
        ]
        last, size, moment = (prints[-1].price, prints[-1].size, prints[-1].ts_ms) if prints else (quote.bid_price, 100, quote.ts_ms)
        return Level1(quote.bid_price, quote.bid_lots * _LOT, quote.ask_price, quote.ask_lots * _LOT, last, float(size), moment, close)

    def _price(self, each: Listed, now_ms: int) -> float:
        product = each.product
        assert product is not None
        quote = self.quote(product.anchor, now_ms)
        anchor = product.at if quote is None else (quote.bid_price + quote.ask_price) / 2
        price = product.price * float((anchor / product.at) ** product.beta)
        if each.expiry is not None:
            price *= 1 + _CARRY * (each.expiry.toordinal() - trading_day(now_ms * 1_000).toordinal()) / 90
        if product.moves_always:  # at night and on Sundays too
            period_s = 61 + each.number % 97
            price *= 1 + _WAVE * sin(2 * pi * (now_ms / 1_000) / period_s)
        return price

    def _chain(self, ticker: str) -> Chain | None:
        if ticker not in self._chains and ticker in self._stocks:
            self._chains[ticker] = Chain(self._stocks[ticker], self._seed)
        return self._chains.get(ticker)

    def _candidates(self, wanted: Sequence[str], now_ms: int) -> Iterator[Listed]:
        if wanted[2] == "OPT":
            yield from self._options(wanted[1])
        elif wanted[2] == "STK":
            yield from (stock(symbol) for symbol in self.symbols)
        else:
            yield from of_products(trading_day(now_ms * 1_000))

    def _options(self, ticker: str) -> Iterator[Listed]:
        chain = self._chain(ticker)
        if chain is not None:
            for number, name in enumerate(chain.symbols):
                expiry = chain.expiries[int(chain.expiry_number[number])]
                yield option(name, ticker, expiry, float(chain.strike[number]), bool(chain.is_call[number]))
