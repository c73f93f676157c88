"""Fields a record cannot do without: what is missing or impossible is refused by its name."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from infra.errors import Permanent
from schemas.instruments import OptionSymbol, option_symbol

_Value = TypeVar("_Value")
_SHOWN_CHARACTERS = 80
_STRIKE_ROUNDING = 0.0005
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Misfit(ValueError):
    """A field that does not fit; the path begins at its row."""

    def __init__(self, path: str, expected: str, found: object) -> None:
        super().__init__(f"expected {expected}, found {found!r:.80}")
        self.path = path

    def of_row(self, row_path: str) -> Permanent:
        """Return the error with the path from the payload's beginning."""
        path = f"{row_path}.{self.path}".strip(".")
        return Permanent(f"field {path}: {self}", path)


def shown(value: object) -> str:
    """Return a value as an error shows it: not too long."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def needed(value: _Value | None, path: str) -> _Value:
    """Return a value that must be there."""
    if value is None:
        raise Misfit(path, "a value", value)
    return value


def name(value: str | None, path: str) -> str:
    """Return a text that is neither missing nor blank."""
    if not value or not value.strip():
        raise Misfit(path, "a text", value)
    return value


def above_zero(value: float | None, path: str) -> float:
    """Return a number above 0."""
    if value is None or value <= 0:
        raise Misfit(path, "a number above 0", value)
    return value


def not_negative(value: float | None, path: str) -> float:
    """Return a number of at least 0."""
    if value is None or value < 0:
        raise Misfit(path, "a number of at least 0", value)
    return value


def count(value: int | None, path: str, least: int = 0) -> int:
    """Return a whole number of at least ``least``."""
    if value is None or value < least:
        raise Misfit(path, f"a whole number of at least {least}", value)
    return value


def day(value: date | None, path: str) -> int:
    """Return a date as days since 1970-01-01."""
    return needed(value, path).toordinal() - _EPOCH_ORDINAL


def optional_day(value: date | None) -> int | None:
    """Return a date, if there is one, as days since 1970-01-01."""
    return None if value is None else value.toordinal() - _EPOCH_ORDINAL


def contract_of(
    value: str | None,
    path: str,
    strike: float | None = None,
    expiry: date | None = None,
    kind: str | None = None,
    kind_path: str = "option_type",
) -> OptionSymbol:
    """Return what an option symbol says; refuse one that the row's own strike, expiry or kind contradicts."""
    try:
        contract = option_symbol(name(value, path))
    except Misfit:
        raise
    except ValueError as error:
        raise Misfit(path, "an option symbol like SPY250516C00590000", value) from error
    if strike is not None and abs(strike - contract.strike) > _STRIKE_ROUNDING:
        raise Misfit("strike", f"the strike of {value}", strike)
    if expiry is not None and expiry != contract.expiry:
        raise Misfit("expiry", f"the expiry of {value}", str(expiry))
    if kind and kind.upper() != contract.right:
        raise Misfit(kind_path, f"the kind of {value}", kind)
    return contract
