"""What can be checked of one record by itself: whose it is, its place in the order, its price, its two sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.records import BookSnapshot, OptionTrade, Quote, Trade


@dataclass(frozen=True, slots=True)
class Probe:
    """How to read a kind of record.

    Attributes
    ----------
    order
        Symbol or contract, and a number that never falls within it.
    price
        Symbol and a price that moves little from one record to the next; None where there is none.
    sides
        Best bid and offer; None where the record has no two sides.
    has_lag
        False where the record is written again while nothing happens, e.g. a resting book.
    """

    order: Callable[[Any], tuple[str, int]]
    price: Callable[[Any], tuple[str, float | None]] | None = None
    sides: Callable[[Any], tuple[float | None, float | None]] | None = None
    has_lag: bool = True


def _book_sides(book: Any) -> tuple[float | None, float | None]:
    return (book.bids[0].price if book.bids else None, book.asks[0].price if book.asks else None)


PROBES: dict[type[Any], Probe] = {
    Trade: Probe(lambda trade: (trade.symbol, trade.sequence), lambda trade: (trade.symbol, trade.price)),
    Quote: Probe(
        lambda quote: (quote.symbol, quote.sequence),
        lambda quote: (quote.symbol, quote.bid_price),
        lambda quote: (quote.bid_price, quote.ask_price),
    ),
    OptionTrade: Probe(
        lambda trade: (trade.option_symbol, trade.ts_event),
        lambda trade: (trade.symbol, trade.underlying_price),
        lambda trade: (trade.bid, trade.ask),
    ),
    BookSnapshot: Probe(lambda book: (book.symbol, book.sequence), None, _book_sides, has_lag=False),
}
"""By type of record; of other types only the lag is measured."""
