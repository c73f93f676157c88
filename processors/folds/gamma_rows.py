"""Rows that stage.gamma keeps beside the chain: prices, vendor totals, days, the running session, what models said."""

from __future__ import annotations

from typing import NamedTuple

from processors.calc.packed import Layout
from schemas.records import DealerModel

MODELS = tuple(DealerModel)


class PriceRow(NamedTuple):
    """A price of the underlying, US dollars; of one moment a trade of the stock (rank 1) counts before what an option's record says (0)."""

    ts_event: int
    rank: int
    price: float


class VendorRow(NamedTuple):
    """A vendor's total gamma.

    Attributes
    ----------
    in_usd
        1: US dollars for a move by 1 %; 0: shares for a move by a dollar.
    """

    ts_event: int
    in_usd: int
    gamma: float


class DailyRow(NamedTuple):
    """A session's last numbers.

    Attributes
    ----------
    session
        Days since 1970-01-01.
    own
        1: computed here; 0: a vendor's.
    volatility
        30 days at the money, a fraction; NaN where unknown, as skew is.
    """

    session: int
    own: int
    volatility: float
    skew: float


class IndexRow(NamedTuple):
    """The close of the underlying's index of volatility, points, and its session, days since 1970-01-01."""

    session: int
    close: float


class SessionRow(NamedTuple):
    """Prices of a regular session so far, US dollars."""

    session: int
    open: float
    high: float
    low: float
    close: float


class SaidRow(NamedTuple):
    """What a model said at the end of a session; NaN where it said nothing."""

    ts_event: int
    session: int
    model: int  # place in MODELS
    spot: float
    gamma: float
    flip: float
    call_wall: float
    put_wall: float
    move: float


PRICES, TOTALS, DAILY, INDEX = Layout(PriceRow), Layout(VendorRow), Layout(DailyRow), Layout(IndexRow)
SESSION, SAID = Layout(SessionRow), Layout(SaidRow)
