"""Rows that the flow fold keeps as bytes, and how rings of them grow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from processors.calc.packed import Layout

RowT = TypeVar("RowT", bound=tuple[float, ...])


class OptionRow(NamedTuple):
    """An option trade that waits for a tick; US dollars, NaN where unknown."""

    ts_event: int  # microseconds UTC
    identity: int  # digest of the trade's id
    marks: int  # see option_trades
    premium: float
    delta_usd: float  # signed by the active side
    underlying: float


class MinuteSums(NamedTuple):
    """Option premium of a minute, US dollars."""

    start: int
    calls: float
    puts: float
    net_calls: float
    net_puts: float


class VendorMinute(NamedTuple):
    """What the vendor says of a minute; NaN where it says nothing."""

    start: int
    net_calls: float  # US dollars
    net_puts: float
    bought: float  # contracts
    sold: float
    volume: float
    delta: float  # shares


class Bucket(NamedTuple):
    """Five minutes: bullish minus bearish premium of large and small option trades, net dollars of off-exchange prints."""

    start: int
    large_signed: float
    large: float
    small_signed: float
    small: float
    dark_net: float
    dark: float


class AfternoonMinute(NamedTuple):
    """A minute of the afternoon window, US dollars."""

    start: int
    delta: float
    calls: float
    puts: float
    unknown: float
    with_delta: float  # trades that told their delta and their underlying's price


class DayNet(NamedTuple):
    """Net premium of a complete session."""

    session_date: int  # days since 1970-01-01
    net: float  # US dollars


class AlertRow(NamedTuple):
    """A flow alert."""

    ts_event: int
    identity: int
    direction: int  # 1 bullish, -1 bearish, 0 not known
    is_sweep: int
    is_call: int
    premium: float  # US dollars


class PrintRow(NamedTuple):
    """A large off-exchange print."""

    ts_event: int
    direction: int  # 1 bought, -1 sold
    premium: float  # US dollars


class LevelSums(NamedTuple):
    """Volume of one answer on volume by price."""

    ts_received: int  # one moment for all rows of an answer
    lit: float  # shares
    off_exchange: float
    lit_notional: float  # US dollars
    off_exchange_notional: float


class CongressRow(NamedTuple):
    """A reported trade of congress."""

    ts_event: int
    identity: int
    direction: int
    amount: float  # US dollars, lower end


class InsiderRow(NamedTuple):
    """A filed sale of an insider."""

    ts_event: int
    identity: int
    owner: int  # digest of the name
    amount: float  # US dollars; NaN without a price


OPTIONS = Layout(OptionRow)
MINUTES = Layout(MinuteSums)
VENDOR = Layout(VendorMinute)
BUCKETS = Layout(Bucket)
AFTERNOON = Layout(AfternoonMinute)
DAYS = Layout(DayNet)
ALERTS = Layout(AlertRow)
PRINTS = Layout(PrintRow)
LEVELS = Layout(LevelSums)
CONGRESS = Layout(CongressRow)
INSIDERS = Layout(InsiderRow)


def columns(layout: Layout[RowT], data: bytes) -> npt.NDArray[np.void]:
    """Return the rows as a structured array, without a copy."""
    return np.frombuffer(data, layout.dtype)


def added(layout: Layout[RowT], data: bytes, sums: Mapping[int, Iterable[float]], keep: int) -> bytes:
    """Add sums to the rows with the same start, the first field; of all rows the newest ``keep`` stay, oldest first."""
    if not sums:
        return data
    rows = {row[0]: row for row in layout.unpack(data)}
    for start, values in sums.items():
        known = rows.get(start)
        fresh = (start, *values) if known is None else (start, *(one + other for one, other in zip(known[1:], values, strict=True)))
        rows[start] = fresh  # type: ignore[assignment]
    return b"".join(layout.pack(*rows[start]) for start in sorted(rows)[-keep:])


def inserted(layout: Layout[RowT], data: bytes, row: RowT, *, since: int, keep: int) -> bytes:
    """Put a row at its place by its first fields; those before ``since`` go, and the oldest beyond ``keep``."""
    rows = sorted([*layout.unpack(data), row])
    return layout.pack_all([one for one in rows if one[0] >= since][-keep:])


def remembered(digests: bytes, fresh: Iterable[int], keep: int) -> bytes:
    """Return digests with new ones behind them, the newest ``keep``."""
    grown = digests + np.fromiter(fresh, "<i8").tobytes()
    return grown[-8 * keep :]


def known(digests: bytes) -> set[int]:
    """Return the digests."""
    return set(np.frombuffer(digests, "<i8").tolist())
