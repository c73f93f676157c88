"""How numbers and times are written in messages and on pages: tick precision, signs, exchange time, never more digits than known."""

from __future__ import annotations

from infra.market_calendar import new_york

MISSING = "\u2013"
_MINUS = "\u2212"  # as wide as a digit, so columns stay aligned


def price(value: float | None) -> str:
    """Write US dollars at tick precision: cents from one dollar up, hundredths of a cent below."""
    if value is None:
        return MISSING
    return with_sign(value, f"{abs(value):,.{2 if abs(value) >= 1 else 4}f}", plus=False)


def with_sign(value: float, digits: str, *, plus: bool = True) -> str:
    """Put the sign of ``value`` before its written ``digits``; what rounds to zero has none."""
    if not any(character in "123456789" for character in digits):
        return digits
    return f"{_MINUS}{digits}" if value < 0 else f"{'+' if plus else ''}{digits}"


def signed(value: float, digits: int) -> str:
    """Write a number with its sign."""
    return with_sign(value, f"{abs(value):,.{digits}f}")


def percent(value: float | None, digits: int = 1) -> str:
    """Write ``1.24`` as ``+1.2 %``."""
    return MISSING if value is None else f"{signed(value, digits)} %"


def ratio(value: float | None, digits: int = 1) -> str:
    """Write a ratio such as reward to risk or relative volume."""
    return MISSING if value is None else with_sign(value, f"{abs(value):,.{digits}f}", plus=False)


def risk_multiple(value: float | None) -> str:
    """Write ``1.87`` as ``+1.9 R``."""
    return MISSING if value is None else f"{signed(value, 1)} R"


def exchange_time(moment_us: int) -> str:
    """Write a moment as New York wall-clock time, ``10:42:07 ET``."""
    return f"{new_york(moment_us):%H:%M:%S} ET"


def exchange_moment(moment_us: int) -> str:
    """Write a moment as New York date and time, ``2020-04-15 10:42:07 ET``."""
    return f"{new_york(moment_us):%Y-%m-%d %H:%M:%S} ET"
