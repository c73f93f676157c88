"""How numbers and times are written in messages: tick precision, signs, New York time with its zone, never more digits than are known."""

from __future__ import annotations

from infra.market_calendar import new_york

MISSING = "\u2013"
_MINUS = "\u2212"


def price(value: float | None) -> str:
    """Write US dollars at tick precision: cents from one dollar up, hundredths of a cent below."""
    if value is None:
        return MISSING
    return f"{_MINUS if value < 0 else ''}{abs(value):,.{2 if abs(value) >= 1 else 4}f}"


def signed(value: float, digits: int) -> str:
    """Write a number with its sign; what rounds to zero has none."""
    text = f"{abs(value):,.{digits}f}"
    if not any(character in "123456789" for character in text):
        return text
    return f"{_MINUS if value < 0 else '+'}{text}"


def percent(value: float | None, digits: int = 1) -> str:
    """Write ``1.24`` as ``+1.2 %``."""
    return MISSING if value is None else f"{signed(value, digits)} %"


def ratio(value: float | None, digits: int = 1) -> str:
    """Write a ratio such as reward to risk or relative volume."""
    return MISSING if value is None else f"{_MINUS if value < 0 else ''}{abs(value):,.{digits}f}"


def risk_multiple(value: float | None) -> str:
    """Write ``1.87`` as ``+1.9 R``."""
    return MISSING if value is None else f"{signed(value, 1)} R"


def exchange_time(moment_us: int) -> str:
    """Write a moment as New York wall-clock time, ``10:42:07 ET``."""
    return f"{new_york(moment_us):%H:%M:%S} ET"


def exchange_moment(moment_us: int) -> str:
    """Write a moment as New York date and time, ``2020-04-15 10:42:07 ET``."""
    return f"{new_york(moment_us):%Y-%m-%d %H:%M:%S} ET"
