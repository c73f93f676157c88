"""An option chain as a file holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from infra.errors import Permanent

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class ChainRow(NamedTuple):
    """One contract; None where the file has no number.

    Attributes
    ----------
    expiry
        Days since 1970-01-01.
    strike
        US dollars.
    open_interest
        Contracts.
    implied_volatility
        A year, a fraction; 0 where the vendor wrote 0: it found none.
    gamma
        The vendor's, change of delta for a dollar.
    """

    expiry: int
    strike: float
    is_call: bool
    open_interest: float | None = None
    implied_volatility: float | None = None
    bid: float | None = None
    ask: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    bought: float | None = None
    """Contracts traded near the ask in the session."""
    sold: float | None = None
    """Near the bid."""


@dataclass(frozen=True, slots=True)
class ChainFile:
    """A chain.

    Attributes
    ----------
    kind
        Whose file it is.
    moment_us
        UTC microseconds it holds for; None where the file does not say.
    spot
        US dollars; None where the file does not say.
    """

    kind: str
    symbol: str
    moment_us: int | None
    spot: float | None
    rows: tuple[ChainRow, ...]


def misfit(path: object, line: int | None, expected: str, found: object) -> Permanent:
    """Return the error that names a file, its line, what was expected there and what was found."""
    place = f"{path}" if line is None else f"{path}, line {line}"
    return Permanent(f"{place}: expected {expected}, found {str(found)[:80]!r}")
