"""How numbers and times are written on pages: never more digits than are known, a missing value is a dash with its reason."""

from __future__ import annotations

from html import escape
from typing import Final, Literal

from infra.clock import MICROSECONDS
from infra.market_calendar import new_york
from infra.number_formats import MISSING as MISSING
from infra.number_formats import price as price
from infra.number_formats import ratio as ratio
from infra.number_formats import with_sign

_THIN: Final = "\u00a0"  # keeps a number and its unit on one line

Freshness = Literal["fresh", "ageing", "stale"]


def percent(value: float | None, digits: int = 2) -> str:
    """Write ``1.24`` as ``+1.24 %``."""
    return MISSING if value is None else f"{with_sign(value, f'{abs(value):,.{digits}f}')}{_THIN}%"


def basis_points(value: float | None) -> str:
    """Write ``12.34`` as ``12 bps``; below ten with one digit."""
    if value is None:
        return MISSING
    return f"{with_sign(value, f'{abs(value):,.{0 if abs(value) >= 10 else 1}f}', plus=False)}{_THIN}bps"


def signed_basis_points(value: float | None) -> str:
    """Write ``12.34`` as ``+12``; for columns whose head names the unit."""
    return MISSING if value is None else with_sign(value, f"{abs(value):,.{0 if abs(value) >= 10 else 1}f}")


def risk_multiple(value: float | None) -> str:
    """Write ``1.87`` as ``+1.9 R``."""
    return MISSING if value is None else f"{with_sign(value, f'{abs(value):.1f}')}{_THIN}R"


def quantity(value: float | None) -> str:
    """Write a count or number of shares: 9,850, then 12.4 K, 1.2 M, 3.4 B."""
    if value is None:
        return MISSING
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e4, "K")):
        if size >= limit:
            scaled = size / (1e3 if unit == "K" else limit)
            return with_sign(value, f"{scaled:,.1f}{_THIN}{unit}", plus=False)
    return with_sign(value, f"{size:,.0f}", plus=False)


def data_size(size_bytes: int) -> str:
    """Write a number of bytes, ``512 B``, ``81 KB``, ``1.2 GB``."""
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if size_bytes >= limit:
            scaled = size_bytes / limit
            return f"{scaled:,.{0 if scaled >= 10 else 1}f}{_THIN}{unit}"
    return f"{size_bytes}{_THIN}B"


def count(value: int) -> str:
    """Write an exact count with thousands separators."""
    return f"{value:,}"


def exchange_time(moment_us: int | None, *, zone: bool = False) -> str:
    """Write a moment as New York wall-clock time, ``10:42:07`` or ``10:42:07 ET``."""
    if moment_us is None:
        return MISSING
    return new_york(moment_us).strftime("%H:%M:%S") + (f"{_THIN}ET" if zone else "")


def exchange_date(moment_us: int) -> str:
    """Write the New York date of a moment, ``Wed 15 Apr 2020``."""
    moment = new_york(moment_us)
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def countdown(seconds: float) -> str:
    """Write what is left, ``41:20`` or ``1:02:10``; never below ``0:00``."""
    left = max(0, int(seconds))
    hours, rest = divmod(left, 3_600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds_left:02d}" if hours else f"{minutes}:{seconds_left:02d}"


def age(seconds: float | None) -> str:
    """Write an age, ``0.8 s``, ``94 s``, ``12 min``, ``3.2 h``, ``5 d``."""
    if seconds is None:
        return MISSING
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{seconds:.1f}{_THIN}s"
    if seconds < 120:
        return f"{seconds:.0f}{_THIN}s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f}{_THIN}min"
    if seconds < 172_800:
        return f"{seconds / 3_600:.1f}{_THIN}h"
    return f"{seconds / 86_400:.0f}{_THIN}d"


def freshness(seconds: float, limit_seconds: float) -> Freshness:
    """Judge an age: ageing from half of its limit, stale from the limit on."""
    if seconds >= limit_seconds:
        return "stale"
    return "ageing" if seconds >= limit_seconds / 2 else "fresh"


def seconds_between(earlier_us: int, later_us: int) -> float:
    """Return the seconds from one moment to another."""
    return (later_us - earlier_us) / MICROSECONDS


def or_reason(text: str, reason: str) -> str:
    """Return HTML: the text, or the dash with its reason on hover when the text is the dash."""
    if text != MISSING:
        return escape(text)
    return f'<span class="tw-none" title="{escape(reason)}">{MISSING}</span>'
