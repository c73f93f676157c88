"""How a symbol of the settings is asked for at Interactive Brokers; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAIR = re.compile(r"([A-Z]{3})\.([A-Z]{3})")
_CRYPTO = re.compile(r"([A-Z]{2,5})-([A-Z]{3})")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract.

    Attributes
    ----------
    symbol
        Our name, which records carry.
    ticker, security_type, exchange, currency
        The vendor's.
    """

    symbol: str
    ticker: str
    security_type: str
    exchange: str
    currency: str

    @property
    def has_smart_depth(self) -> bool:
        """The vendor adds up the books of all exchanges."""
        return self.exchange == "SMART"


def instrument(text: str) -> Instrument:
    """Return the contract that a symbol means.

    ``SPY`` a US stock, ``QQQ@ISLAND`` one with the book of that exchange alone, ``EUR.USD`` a currency pair, ``BTC-USD`` a crypto pair.
    """
    symbol, _, venue = text.partition("@")
    if pair := _PAIR.fullmatch(symbol):
        return Instrument(symbol, pair[1], "CASH", venue or "IDEALPRO", pair[2])
    if pair := _CRYPTO.fullmatch(symbol):
        return Instrument(symbol, pair[1], "CRYPTO", venue or "PAXOS", pair[2])
    return Instrument(symbol, symbol.replace(".", " "), "STK", venue or "SMART", "USD")  # the vendor writes BRK.B as BRK B
