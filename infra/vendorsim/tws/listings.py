"""The contracts of the fake TWS: which there are on a day, and which fit a client's request."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from infra.vendorsim.tws.products import PRODUCTS, Product

_MONTHS = "FGHJKMNQUVXZ"
_YEARS_AHEAD = 2
_STOCK_VENUES = ("SMART", "ISLAND", "ARCA", "NYSE", "BATS", "IEX", "DRCTEDGE")
_SHARES_A_CONTRACT = "100"


@dataclass(frozen=True, slots=True)
class Listed:
    """One contract.

    Attributes
    ----------
    name
        By which the books know it: a ticker, ``EUR.USD``, ``BTC-USD``, or the exchange's own name, e.g. ``ESU5``.
    expiry, month
        Last trading day and contract month (``202509``); empty for what does not end.
    product
        What it is, unless it is a stock of the scenario or an option.
    """

    name: str
    ticker: str
    security_type: str
    venues: tuple[str, ...]
    currency: str
    tick: float
    multiplier: str = ""
    trading_class: str = ""
    expiry: date | None = None
    month: str = ""
    strike: float = 0.0
    right: str = ""
    product: Product | None = None

    @property
    def number(self) -> int:
        """Return the vendor's id of it: the same each day."""
        return 1_000 + zlib.crc32(f"{self.security_type} {self.name}".encode()) % 900_000_000

    def fits(self, wanted: Sequence[str]) -> bool:
        """Tell whether it is what the twelve fields of a request ask for; empty fields ask for nothing."""
        number, ticker, kind, expiry, strike, right, multiplier, exchange, _, currency, local, trading_class = wanted
        if number not in ("", "0"):
            return int(number) == self.number and exchange in ("", *self.venues)
        return (
            (ticker, kind) == (self.ticker, self.security_type)
            and (self.expiry is None or f"{self.expiry:%Y%m%d}".startswith(expiry) or self.month == expiry)
            and float(strike or 0) in (0.0, self.strike)
            and right[:1] in ("", self.right)
            and multiplier in ("", self.multiplier)
            and exchange in ("", *self.venues)
            and currency in ("", self.currency)
            and local in ("", self.name)
            and trading_class in ("", self.trading_class)
        )


def stock(symbol: str) -> Listed:
    """Return the contract of a stock."""
    return Listed(symbol, symbol.replace(".", " "), "STK", _STOCK_VENUES, "USD", 0.01, trading_class="NMS")


def option(name: str, underlying: str, expiry: date, strike: float, is_call: bool) -> Listed:
    """Return the contract of an option; ``name`` is its OCC symbol."""
    right = "C" if is_call else "P"
    return Listed(
        name, underlying, "OPT", ("SMART", "CBOE"), "USD", 0.01, _SHARES_A_CONTRACT, underlying, expiry, f"{expiry:%Y%m}", strike, right
    )


@lru_cache(maxsize=16)
def of_products(today: date) -> tuple[Listed, ...]:
    """Return what is listed of all products on a day: of futures every month that has not ended, two years ahead."""
    return tuple(listed for product in PRODUCTS for listed in _of(product, today))


def _of(product: Product, today: date) -> Iterator[Listed]:
    words = (product.ticker, product.security_type, (product.exchange,), product.currency, product.tick, product.multiplier)
    if product.expiry is None:
        pair = {"CASH": f"{product.ticker}.{product.currency}", "CRYPTO": f"{product.ticker}-{product.currency}"}
        yield Listed(pair.get(product.security_type, product.ticker), *words, trading_class=product.trading_class, product=product)
        return
    for year in range(today.year, today.year + _YEARS_AHEAD + 1):
        for month, letter in enumerate(_MONTHS, start=1):
            expiry = product.expiry(year, month) if letter in product.months else None
            if expiry is not None and expiry >= today:
                name = f"{product.trading_class}{letter}{year % 10}"
                yield Listed(name, *words, product.trading_class, expiry, f"{year}{month:02d}", product=product)
