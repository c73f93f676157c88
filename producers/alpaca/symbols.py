"""Alpaca's names of instruments: crypto pairs are written BTC/USD."""

from __future__ import annotations


def ours(symbol: str) -> str:
    """Return the symbol that records carry."""
    return symbol.replace("/", "-")


def theirs(symbol: str) -> str:
    """Return the symbol to ask for."""
    return symbol.replace("-", "/")
