"""The contracts of one underlying as the stage keeps them: open interest, volatility, today's trades by side, positions carried on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.contract_table_kernel import take_updates
from processors.calc.packed import Layout

Rows = npt.NDArray[np.void]
_STRIKES = 1 << 40  # strikes in thousandths of a dollar are below it

CONTRACT = np.dtype(
    [
        ("key", "<i8"), ("ts_chain", "<i8"), ("session", "<i4"), ("interest_session", "<i4"), ("interest", "<f4"), ("volatility", "<f4"),
        ("bought", "<f4"), ("sold", "<f4"), ("unsigned", "<f4"), ("before_bought", "<f4"), ("before_sold", "<f4"), ("carried", "<f4"),
        ("opened", "<f4"), ("changes", "<i4"),
    ]
)  # fmt: skip
"""A contract; interest and volatility NaN until told, ``bought``, ``sold`` and ``unsigned`` of ``session``, ``before_…`` of the one before."""


class ContractUpdate(NamedTuple):
    """What a chain's row or a trade says of a contract; NaN where it says nothing, counts 0.

    Attributes
    ----------
    session
        New York date of the moment, days since 1970-01-01.
    bought, sold, unsigned
        Contracts traded so far in the session near the ask, near the bid, and on no side.
    """

    ts_event: int
    key: int
    session: int
    is_chain: int
    interest: float
    volatility: float
    bought: float
    sold: float
    unsigned: float


UPDATES = Layout(ContractUpdate)


def contract_key(expiry: int, strike: float, is_call: bool) -> int:
    """Return a number that orders contracts by expiry, strike and right; odd for calls."""
    return (expiry * _STRIKES + round(strike * 1_000)) * 2 + int(is_call)


def contract_keys(expiry: npt.NDArray[np.int64], strike: npt.NDArray[np.float64], is_call: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the same of many."""
    return (expiry.astype(np.int64) * _STRIKES + np.round(strike * 1_000).astype(np.int64)) * 2 + is_call


def expiries(rows: Rows) -> npt.NDArray[np.int64]:
    """Return the dates of expiry, days since 1970-01-01."""
    return np.asarray(rows["key"] // (2 * _STRIKES), dtype=np.int64)


def strikes(rows: Rows) -> npt.NDArray[np.float64]:
    """Return the strikes, US dollars."""
    return np.asarray(rows["key"] // 2 % _STRIKES / 1_000)


def calls(rows: Rows) -> npt.NDArray[np.bool_]:
    """Tell the calls."""
    return np.asarray(rows["key"] % 2 == 1)


def updated(rows: Rows, updates: Rows, *, first_expiry: int, most: int) -> Rows:
    """Return the table with updates taken in; the same whatever order they came in.

    Parameters
    ----------
    first_expiry
        Contracts that expire before are dropped.
    most
        Contracts kept; of more, the nearest expiries.
    """
    order = np.lexsort([updates[name] for name in ("unsigned", "sold", "bought", "volatility", "interest", "is_chain", "key", "ts_event")])
    updates = updates[order]
    known = rows["key"]
    added = np.setdiff1d(updates["key"][updates["is_chain"] == 1], known)
    table = np.zeros(len(known) + len(added), CONTRACT)
    table[: len(known)] = rows
    table["key"][len(known) :] = added
    table["interest"][len(known) :] = np.nan
    table["volatility"][len(known) :] = np.nan
    table = table[np.argsort(table["key"], kind="stable")]
    table = table[expiries(table) >= first_expiry][:most].copy()
    if len(table) and len(updates):
        place = np.minimum(np.searchsorted(table["key"], updates["key"]), len(table) - 1)
        place[table["key"][place] != updates["key"]] = -1
        take_updates(table, place, updates)
    return table
