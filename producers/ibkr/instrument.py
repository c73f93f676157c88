"""How a symbol is asked for at Interactive Brokers; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from infra.trading_hours import InstrumentClass
from producers.ibkr.roll import RollRule
from schemas.instruments import option_symbol
from schemas.records import OptionRight

_PAIR = re.compile(r"([A-Z]{3})\.([A-Z]{3})")
_CRYPTO = re.compile(r"([A-Z]{2,5})-([A-Z]{3})")
_OPTION = re.compile(r"[A-Z0-9.]{1,6} *\d{6}[CP]\d{8}")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract, or of a future the one whose turn it is.

    Attributes
    ----------
    symbol
        Our name, which records carry.
    ticker, security_type, exchange, currency, multiplier, trading_class
        The vendor's.
    expiry, strike, right
        Of an option; ``C`` or ``P``.
    roll
        Of a future: when the next contract takes over.
    """

    symbol: str
    ticker: str
    security_type: str
    exchange: str
    currency: str
    multiplier: str = ""
    trading_class: str = ""
    expiry: date | None = None
    strike: float = 0.0
    right: str = ""
    roll: RollRule | None = None

    @property
    def has_smart_depth(self) -> bool:
        """The vendor adds up the books of all exchanges."""
        return self.exchange == "SMART"

    @property
    def hours(self) -> InstrumentClass | None:
        """By whose calendar it trades (C-17); None for indices, whose exchanges are everywhere."""
        return _HOURS.get(self.security_type)


_HOURS = {
    "STK": InstrumentClass.STOCK, "OPT": InstrumentClass.OPTION, "FUT": InstrumentClass.FUTURE, "CASH": InstrumentClass.FUTURE,
    "CRYPTO": InstrumentClass.CRYPTO,
}  # fmt: skip


def instrument(text: str) -> Instrument:
    """Return the contract that a symbol means which no file describes.

    ``SPY`` a US stock, ``QQQ@ISLAND`` one with the book of that exchange alone, ``EUR.USD`` a currency pair, ``BTC-USD`` a crypto pair,
    ``SPY250606C00600000`` an option.
    """
    symbol, _, venue = text.partition("@")
    if pair := _PAIR.fullmatch(symbol):
        return Instrument(symbol, pair[1], "CASH", venue or "IDEALPRO", pair[2])
    if pair := _CRYPTO.fullmatch(symbol):
        return Instrument(symbol, pair[1], "CRYPTO", venue or "PAXOS", pair[2])
    if _OPTION.fullmatch(symbol):
        named = option_symbol(symbol)
        return Instrument(
            symbol.replace(" ", ""), named.underlying, "OPT", venue or "SMART", "USD", multiplier="100", trading_class=named.root,
            expiry=named.expiry, strike=named.strike, right="C" if named.right is OptionRight.CALL else "P",
        )  # fmt: skip
    return Instrument(symbol, symbol.replace(".", " "), "STK", venue or "SMART", "USD")  # the vendor writes BRK.B as BRK B
