"""Names of instruments: crypto pairs, and option symbols as the exchanges' clearing house (OCC) writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from schemas.records import OptionRight

_CRYPTO_QUOTED_IN = frozenset({"USD", "USDT", "USDC", "BTC", "EUR"})
_OPTION_SYMBOL = re.compile(r"([A-Z0-9.]{1,6}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})", re.ASCII)
_THOUSANDTHS = 1_000
# Contracts whose symbol begins with another name than their underlying's.
UNDERLYING_OF_ROOT = {"SPXW": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX", "XSPW": "XSP", "DJXW": "DJX", "OEXW": "OEX", "MRUTW": "MRUT"}
_RIGHTS = {"C": OptionRight.CALL, "P": OptionRight.PUT}


def is_crypto_pair(symbol: str) -> bool:
    """Tell a crypto pair such as ``BTC-USD`` from a ticker; classes of shares are written with a point, BRK.B."""
    base, dash, quoted_in = symbol.partition("-")
    return bool(base and dash) and quoted_in in _CRYPTO_QUOTED_IN


@dataclass(frozen=True, slots=True)
class OptionSymbol:
    """What a symbol like ``SPXW250516C05900000`` says.

    Attributes
    ----------
    root
        Its first letters, e.g. ``SPXW``.
    strike
        US dollars.
    """

    root: str
    expiry: date
    right: OptionRight
    strike: float

    @property
    def underlying(self) -> str:
        """Ticker of the underlying: SPX for SPXW."""
        return UNDERLYING_OF_ROOT.get(self.root, self.root)


@lru_cache(maxsize=65_536)
def option_symbol(text: str) -> OptionSymbol:
    """Read an option symbol, with or without the blanks after its root.

    Raises
    ------
    ValueError
        If it is none.
    """
    match = _OPTION_SYMBOL.fullmatch(text)
    if match is None:
        raise ValueError(f"expected an option symbol like SPY250516C00590000, found {text!r:.40}")
    root, year, month, day, right, strike = match.groups()
    if not int(strike):
        raise ValueError(f"expected a strike above 0, found {text!r}")
    return OptionSymbol(root, date(2000 + int(year), int(month), int(day)), _RIGHTS[right], int(strike) / _THOUSANDTHS)
