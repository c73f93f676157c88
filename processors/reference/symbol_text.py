"""Symbols out of a text that people wrote (WCH-07, WCH-08)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Not within a word, and no part of an address: "see https://x.com/AAPL" names no symbol.
_SYMBOL = re.compile(r"(?<![\w./:@#-])\$?([A-Z]{1,5}(?:[.-][A-Z]{1,3})?)(?![\w/:@])")


def symbols_in(text: str) -> Sequence[str]:
    """Return the tickers in a text, in its order, each once: capital letters, with or without a dollar sign, e.g. ``$BCRX, BRK.B BTC-USD``."""
    return list(dict.fromkeys(_SYMBOL.findall(text)))
