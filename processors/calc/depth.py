"""Numbers of an order book, for many snapshots at once; each function names its own source."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ends = npt.NDArray[np.int64]


class BookSides(NamedTuple):
    """Levels of one side, best first: those of snapshot ``i`` are at ``[offsets[i], offsets[i + 1])``."""

    offsets: Ends
    price: Floats  # US dollars
    size: Floats  # shares


class BookNumbers(NamedTuple):
    """One number a snapshot; NaN where a side is empty."""

    bid_price: Floats
    ask_price: Floats
    bid_size_5: Floats  # shares; 0 for an empty side
    ask_size_5: Floats
    spread_bps: Floats
    imbalance_5: Floats
    imbalance_10: Floats
    microprice: Floats


def book_numbers(bids: BookSides, asks: BookSides) -> BookNumbers:
    """Return the numbers of each snapshot."""
    bid, bid_size = _best(bids)
    ask, ask_size = _best(asks)
    bids_5, asks_5 = top_size(bids, 5), top_size(asks, 5)
    return BookNumbers(
        bid, ask, bids_5, asks_5,
        spread_bps(bid, ask),
        imbalance(bids_5, asks_5),
        imbalance(top_size(bids, 10), top_size(asks, 10)),
        microprice(bid, bid_size, ask, ask_size),
    )  # fmt: skip


def spread_bps(bid: Floats, ask: Floats) -> Floats:
    """Return the quoted spread (ask - bid) / mid x 10,000, basis points; NaN where a side is empty.

    Source: Huang and Stoll, "Dealer versus auction markets", Journal of Financial Economics 41 (1996): quoted spread relative to the mid price.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ask - bid) / ((bid + ask) / 2) * 10_000


def imbalance(bids: Floats, asks: Floats) -> Floats:
    """Return (bids - asks) / (bids + asks) of resting shares, -1 to 1; NaN where either side is empty: one side alone says nothing of the other.

    Source: Cartea, Jaimungal and Penalva, "Algorithmic and High-Frequency Trading" (2015), 3.3.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((bids > 0) & (asks > 0), (bids - asks) / (bids + asks), np.nan)


def microprice(bid: Floats, bid_size: Floats, ask: Floats, ask_size: Floats) -> Floats:
    """Return each best price weighted by the size of the other side, US dollars; NaN where a side is empty.

    Source: Gatheral and Oomen, "Zero-intelligence realized variance estimation", Finance and Stochastics 14 (2010).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return (bid * ask_size + ask * bid_size) / (bid_size + ask_size)


def top_size(side: BookSides, levels: int) -> Floats:
    """Return the sum of the sizes of the best ``levels`` of each snapshot."""
    first = side.offsets[:-1]
    last = np.minimum(side.offsets[1:], first + levels)
    pieces = np.add.reduceat(np.append(side.size, 0.0), np.column_stack((first, last)).ravel())[::2]
    return np.where(last > first, pieces, 0.0)


def _best(side: BookSides) -> tuple[Floats, Floats]:
    filled = side.offsets[1:] > side.offsets[:-1]
    price, size = np.full(len(filled), np.nan), np.full(len(filled), np.nan)
    first = side.offsets[:-1][filled]
    price[filled], size[filled] = side.price[first], side.size[first]
    return price, size
