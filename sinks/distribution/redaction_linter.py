"""Finds what a tier must not read in a rendered text: the last look before a message leaves (DIS-06, DIS-07).

It works by white list: after removing what every message carries (delivery id, time, symbol, invitation), a free text may
hold no digit at all, and a basic text no number but the trigger and the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from infra.number_formats import price
from schemas.records import BasicAlert, FreeAlert

_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME = re.compile(r"\b(?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})? ET\b")
_NUMBER = re.compile(r"[0-9](?:[0-9,.]*[0-9])?")
_MONEY_WORDS = re.compile(r"[$€%]|\bR:R\b|\bbps\b|\bVWAP\b|\bATR\b", re.IGNORECASE)


def violations_of_free(text: str, alert: FreeAlert, invitation_url: str = "") -> list[str]:
    """Return what is wrong with a free text: every digit and every unit of price, size or level."""
    stripped = _stripped(text, alert.symbol, invitation_url)
    return _foreign_numbers(stripped, ()) + _units(stripped)


def violations_of_basic(text: str, alert: BasicAlert, invitation_url: str = "") -> list[str]:
    """Return what is wrong with a basic text: every number but trigger and entry, every unit of analytics."""
    allowed = {price(alert.trigger_price)} | ({price(alert.entry_price)} if alert.entry_price is not None else set())
    stripped = _stripped(text, alert.symbol, invitation_url)
    return _foreign_numbers(stripped, allowed) + _units(stripped)


def _stripped(text: str, symbol: str, invitation_url: str) -> str:
    without = text.replace(invitation_url, " ") if invitation_url else text
    without = _TIME.sub(" ", _UUID.sub(" ", without))
    return re.sub(rf"(?<![\w.]){re.escape(symbol)}(?![\w])", " ", without)


def _foreign_numbers(text: str, allowed: Iterable[str]) -> list[str]:
    return [f"number {found}" for found in _NUMBER.findall(text) if found not in allowed]


def _units(text: str) -> list[str]:
    return [f"unit {found}" for found in _MONEY_WORDS.findall(text)]
