"""An order book rebuilt from inserts, updates and deletes by position, as TWS sends them."""

from __future__ import annotations

from typing import NamedTuple

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1
LEVELS = 10


class Row(NamedTuple):
    """One level of one side; the market maker is empty where none is told."""

    price: float
    size: float
    market_maker: str


class DepthUpdate(NamedTuple):
    """One depth message.

    Attributes
    ----------
    operation
        0 insert, 1 update, 2 delete.
    side
        0 ask, 1 bid.
    """

    position: int
    operation: int
    side: int
    price: float
    size: float
    market_maker: str = ""


class DepthBook:
    """Both sides, best first.

    The vendor's insert shifts the rows below down, and what is pushed beyond the last level is gone. A row that does not fit where
    it says (an update of a row that is not there, a hole) means that something was missed: the book is wrong from then on.

    Attributes
    ----------
    levels
        Rows kept a side.
    misfits
        Updates that did not fit since the book was empty; above 0 the book must be subscribed to again.
    """

    def __init__(self, levels: int = LEVELS) -> None:
        self.levels = levels
        self.misfits = 0
        self._sides: dict[int, list[Row]] = {ASK: [], BID: []}

    @property
    def bids(self) -> tuple[Row, ...]:
        return tuple(self._sides[BID])

    @property
    def asks(self) -> tuple[Row, ...]:
        return tuple(self._sides[ASK])

    @property
    def is_crossed(self) -> bool:
        """The best bid is above the best ask."""
        bids, asks = self._sides[BID], self._sides[ASK]
        return bool(bids and asks and bids[0].price > asks[0].price)

    @property
    def is_empty(self) -> bool:
        return not (self._sides[BID] or self._sides[ASK])

    def clear(self) -> None:
        """Begin anew, as after message 317."""
        self._sides = {ASK: [], BID: []}
        self.misfits = 0

    def apply(self, update: DepthUpdate) -> bool:
        """Change the book; return whether the update fitted."""
        rows = self._sides.get(update.side)
        fits = rows is not None and self._change(rows, update)
        self.misfits += not fits
        return fits

    def _change(self, rows: list[Row], update: DepthUpdate) -> bool:
        position, row = update.position, Row(update.price, update.size, update.market_maker)
        if position >= self.levels and update.operation in (INSERT, UPDATE, DELETE):
            return True  # below what we keep; e.g. the vendor's delete of the row that an insert has pushed out
        if update.operation == INSERT and 0 <= position <= len(rows):
            rows.insert(position, row)
            del rows[self.levels :]
        elif update.operation == UPDATE and 0 <= position < len(rows):
            rows[position] = row
        elif update.operation == DELETE and 0 <= position < len(rows):
            del rows[position]
        else:
            return False
        return True
